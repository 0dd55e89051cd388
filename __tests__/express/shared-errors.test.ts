/** Code of the application may throw one error for several requests. Each is answered in the scheme of its client. */
import express from 'express'
import { resourceServer, UnauthorizedError } from 'express-resource-server'
import { dpop } from 'express-resource-server/dpop'
import { createTestIssuer } from 'express-resource-server/testing'
import { parseChallenges } from '../support/challenges.js'
import { start } from '../support/http.js'

const issuer = createTestIssuer()

class Banned extends UnauthorizedError {}

/** The schemes whose challenge names the error. */
const shownIn = (field: string | null): readonly string[] =>
  parseChallenges(field ?? '')
    .filter(({ parameters }) => parameters['error'] !== undefined)
    .map(({ scheme }) => scheme)

const whereItIsThrown = (thrown: Error): [string, object][] => [
  [
    'at once',
    {
      scopes: () => {
        throw thrown
      },
    },
  ],
  [
    'later',
    { claims: { '~standard': { version: 1, vendor: 'test', validate: () => Promise.reject(thrown) } } },
  ],
]

describe.each([
  ['of this package', () => new UnauthorizedError('ERR_TOKEN_REVOKED')],
  ['of an own class', () => new Banned('ERR_TOKEN_REVOKED')],
])('one error %s', (_, make) => {
  test.each(whereItIsThrown(make()))(
    'is answered in the scheme of each client, thrown %s',
    async (_title, options) => {
      const confirmation = [dpop({ publicUrl: 'https://api.test' })]
      const api = resourceServer({ ...issuer.options, confirmation, ...options })
      const { url } = await start(express().use(api))
      const client = issuer.dpop()
      const bound = await client.token()
      const token = await issuer.token()
      const withDpop = async () => ({
        authorization: `DPoP ${bound}`,
        dpop: await client.proof('GET', 'https://api.test/', { token: bound }),
      })

      const fields: (string | null)[] = []
      for (const headers of [await withDpop(), { authorization: `Bearer ${token}` }, await withDpop()])
        fields.push((await fetch(url, { headers })).headers.get('www-authenticate'))
      expect(fields.map(shownIn)).toEqual([['DPoP'], ['Bearer'], ['DPoP']])
    },
  )
})
