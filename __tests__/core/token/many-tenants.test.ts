/** More tenants than are remembered: which one gives way to a new one. */
import type { IssuerResolver } from 'express-resource-server'
import { hold, signingKey } from '../../support/key-server.js'
import type { KeyServer } from '../../support/key-server.js'
import { CROWD, Harness, outcome, until } from '../../support/key-harness.js'

const harness = new Harness()
afterEach(() => harness.close())

const stranger = signingKey('k1')

/** Each path of the server is a tenant. Only those whose path begins with `remote` have keys to fetch. */
function tenantsOf(server: KeyServer) {
  const asked: string[] = []
  const resolve: IssuerResolver = (issuer) => {
    asked.push(issuer)
    if (!issuer.includes('/remote')) return { issuer, jwks: server.jwks as never }
    return { issuer, jwksUri: issuer }
  }
  const api = harness.api(server, CROWD, { issuer: resolve, dangerouslyAllowPrivateAddresses: true })
  const iss = (name: string): string => `${server.issuer}/${name}`
  const good = (name: string) => outcome(api.verify(server.token(undefined, { claims: { iss: iss(name) } })))
  const forged = (name: string) => outcome(api.verify(server.token(stranger, { claims: { iss: iss(name) } })))
  return { api, asked, iss, good, forged }
}

test('one whose keys somebody waits for gives way to none, and those that follow give way to each other', async () => {
  const server = await harness.keyServer()
  const { api, asked, iss, good, forged } = tenantsOf(server)
  const { answer, release } = hold((res) => server.json(res, server.jwks))
  server.answer = answer
  const waiting = good('remote')
  await until(() => server.hits.keys === 1)
  for (let i = 0; i < 1010; i++) expect(await forged(`other-${i}`)).toMatchObject({ status: 401 })
  expect(api.health().issuers).toHaveLength(1000)
  release()
  expect(await waiting).toEqual({ status: 200 })
  expect(await good('remote')).toEqual({ status: 200 })
  expect(asked.filter((each) => each === iss('remote'))).toHaveLength(1)
  for (let i = 0; i < 1000; i++) await forged(`third-${i}`)
  expect(await good('remote')).toEqual({ status: 200 })
  expect(asked.filter((each) => each === iss('remote'))).toHaveLength(2)
})
