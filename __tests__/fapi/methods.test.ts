/** Confirmation methods of other kinds within the profile, and what a server offers with them. */
import express from 'express'
import request from 'supertest'
import { ConfigurationError, resourceServer, UnauthorizedError } from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { dpop } from 'express-resource-server/dpop'
import { createTestIssuer } from 'express-resource-server/testing'
import type { ConfirmationMethod } from '../../lib/core/http/confirmation.js'
import { parseChallenges } from '../support/challenges.js'
import { newClient } from './support/client.js'

const issuer = createTestIssuer()
const publicUrl = 'https://api.test'

/** As a certificate does: no scheme of its own, no signature, not required by itself. */
class ByHeader implements ConfirmationMethod {
  readonly member = 'x-key'
  readonly #header = 'x-key'

  check(expected: unknown, { request: { headers } }: Parameters<ConfirmationMethod['check']>[1]): object {
    if (headers[this.#header] !== expected) throw new UnauthorizedError('ERR_CONFIRMATION_MISMATCH')
    return {}
  }
}

const appWith = (options: Partial<ResourceServerOptions>): express.Express => {
  const { issuer: trusted, audience } = issuer.options
  const app = express()
  app.use(resourceServer({ profile: 'fapi2', issuer: trusted, audience, ...options }))
  app.get('/', (req, res) => void res.json(req.auth?.scheme))
  return app
}

const schemesOf = async (app: express.Express): Promise<readonly string[]> => {
  const { headers } = await request(app).get('/').expect(401)
  return parseChallenges(headers['www-authenticate'] ?? '').map(({ scheme }) => scheme)
}

const token = (cnf?: object) => issuer.token({ key: 'ES256', cnf })

test('a method without algorithms counts as required, too', async () => {
  const app = appWith({ confirmation: new ByHeader() })
  const ask = (text: string) => request(app).get('/').set('authorization', `Bearer ${text}`)
  const bound = await token({ 'x-key': 'k' })
  await ask(bound).set('x-key', 'k').expect(200, '"Bearer"')
  await ask(bound).set('x-key', 'other').expect(401)
  await ask(await token())
    .set('x-key', 'k')
    .expect(401)
  expect(await schemesOf(app)).toEqual(['Bearer'])
})

test('of several methods, one that binds the token is enough, and both schemes are offered', async () => {
  const app = appWith({ confirmation: [dpop({ publicUrl }), new ByHeader()] })
  const client = await newClient('PS256')
  const ask = (authorization: string) => request(app).get('/').set('authorization', authorization)
  await ask(`Bearer ${await token({ 'x-key': 'k' })}`)
    .set('x-key', 'k')
    .expect(200)
  const byProof = await token({ jkt: client.jkt })
  await ask(`DPoP ${byProof}`)
    .set('dpop', await client.proof(byProof, `${publicUrl}/`))
    .expect(200)
  await ask(`Bearer ${await token()}`)
    .set('x-key', 'k')
    .expect(401)
  expect(await schemesOf(app)).toEqual(['Bearer', 'DPoP'])
})

test('a token that two methods bind needs both proofs', async () => {
  const app = appWith({ confirmation: [dpop({ publicUrl }), new ByHeader()] })
  const client = await newClient('ES256')
  const bound = await token({ jkt: client.jkt, 'x-key': 'k' })
  const ask = async (key: string) =>
    request(app)
      .get('/')
      .set('authorization', `DPoP ${bound}`)
      .set('dpop', await client.proof(bound, `${publicUrl}/`))
      .set('x-key', key)
  expect((await ask('k')).status).toBe(200)
  expect((await ask('other')).status).toBe(401)
})

test('DPoP that is required elsewhere than in the profile offers Bearer, if another method needs it', async () => {
  const confirmation = [dpop({ publicUrl, required: true }), new ByHeader()]
  expect(await schemesOf(appWith({ profile: 'at+jwt', confirmation }))).toEqual(['Bearer', 'DPoP'])
  expect(await schemesOf(appWith({ profile: 'at+jwt', confirmation: confirmation[0] }))).toEqual(['DPoP'])
})

test.each([
  ['a number', 1],
  ['null', null],
  ['the function dpop, not its result', dpop],
  ['an object without check', { member: 'jkt' }],
  ['an object that cannot be narrowed', { ...dpop({ publicUrl }), narrowedTo: true }],
  ['two of one kind', [dpop({ publicUrl }), dpop({ publicUrl })]],
  ['a list with a hole', [undefined]],
])('confirmation must not be %s', (_what, confirmation) => {
  const make = () => appWith({ confirmation: confirmation as unknown as ConfirmationMethod })
  expect(make).toThrow(ConfigurationError)
  expect(make).toThrow(/^confirmation: /)
})
