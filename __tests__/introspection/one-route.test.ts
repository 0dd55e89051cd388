/** One route takes every kind of token of one authorization server, and refuses each that was taken back. */
import express from 'express'
import { decodeProtectedHeader } from 'jose'
import { requireScopes, resourceServer } from 'express-resource-server'
import type { ResourceServer } from 'express-resource-server'
import { introspection } from 'express-resource-server/introspection'
import { jwe } from 'express-resource-server/jwe'
import { memoryRevocations, revocation } from 'express-resource-server/revocation'
import { start } from '../support/http.js'
import type { RunningProvider } from './support/provider.js'
import { API, SECRET, startProvider } from './support/provider.js'
import { generatePair } from '../support/key-pairs.js'

const { privateKey, publicKey } = generatePair('ec', { namedCurve: 'P-256' })
const revocations = memoryRevocations()
let provider: RunningProvider
let api: ResourceServer
let ask: Awaited<ReturnType<typeof start>>['ask']

beforeAll(async () => {
  provider = await startProvider({ apiJwk: publicKey.export({ format: 'jwk' }) })
  const { issuer } = provider
  api = resourceServer({
    issuer,
    audience: API,
    decryption: jwe({ keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'api-1', alg: 'ECDH-ES' }] }),
    opaque: introspection({ client: { id: 'basic', secret: SECRET } }),
    revocation: revocation(revocations),
  })
  const app = express().use(api)
  app.get('/', requireScopes('read'), (req, res) =>
    res.json([req.auth?.clientId, req.auth?.header?.alg ?? 'none']),
  )
  ask = (await start(app)).ask
})
afterAll(() => provider.end())

test.each([
  ['jwt', 'ES256'],
  ['encrypted', 'ES256'],
  ['opaque', 'none'],
] as const)('a token of the format %s is good until it is taken back', async (format, alg) => {
  const [token, other] = [await provider.token(format), await provider.token(format)]
  for (let i = 0; i < 3; i++) expect(await ask({ token })).toMatchObject({ status: 200, body: ['app', alg] })
  if (format === 'encrypted') expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'ECDH-ES' })
  if (format === 'opaque') {
    // Its answer has no `jti`: the authorization server takes it back, and purge() drops the answer.
    await provider.revoke(token)
    api.purge()
  } else {
    const { claims } = await api.verify(token)
    revocations.revoke({ issuer: provider.issuer, jti: String(claims.jti), forSeconds: 600 })
  }
  expect(await ask({ token })).toMatchObject({ status: 401, body: { error: 'invalid_token' } })
  expect(await ask({ token: other })).toMatchObject({ status: 200 })
})
