import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import request from 'supertest'
import { createApi } from '../../demo/api.js'
import type { Api } from '../../demo/api.js'
import { API } from '../../demo/names.js'
import { listen } from './support/listen.js'

let issuer: Awaited<ReturnType<typeof listen>>
let privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey']
let api: Api

beforeAll(async () => {
  const keys = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'one' }
  privateKey = keys.privateKey
  issuer = await listen((req, res) => {
    const metadata = { issuer: issuer.url, jwks_uri: `${issuer.url}/jwks` }
    res.setHeader('Content-Type', 'application/json')
    res.end(JSON.stringify(req.url === '/jwks' ? { keys: [jwk] } : metadata))
  })
  api = createApi(issuer.url)
})

afterAll(() => {
  api.protection.close()
  issuer.close()
})

async function deliver(claims: { sub: string; client_id: string }) {
  const token = await new SignJWT({ ...claims, scope: 'events:write' })
    .setProtectedHeader({ alg: 'ES256', kid: 'one', typ: 'at+jwt' })
    .setIssuer(issuer.url)
    .setAudience(API)
    .setJti('one')
    .setIssuedAt()
    .setExpirationTime('1 minute')
    .sign(privateKey)
  return request(api.app)
    .post('/webhooks/events')
    .auth(token, { type: 'bearer' })
    .send({ type: 'order.paid' })
}

test('the webhook takes events from a machine', async () => {
  const { status, body } = await deliver({ sub: 'shop', client_id: 'shop' })

  expect({ status, body }).toEqual({ status: 200, body: { received: { type: 'order.paid' }, from: 'shop' } })
})

test('the webhook takes none from a person, whose client has the same scope', async () => {
  const { status, body } = await deliver({ sub: 'alice', client_id: 'shop' })

  expect({ status, body }).toMatchObject({ status: 403, body: { error: 'access_denied' } })
})
