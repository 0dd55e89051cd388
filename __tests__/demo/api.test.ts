import { createTestIssuer } from 'express-resource-server/testing'
import type { TestIssuerServer } from 'express-resource-server/testing'
import request from 'supertest'
import { createApi } from '../../demo/api.js'
import type { Api } from '../../demo/api.js'
import { encryptionKeyPair } from '../../demo/encryption-key.js'
import { API } from '../../demo/names.js'

const testIssuer = createTestIssuer({ audience: API })
let server: TestIssuerServer
let api: Api

beforeAll(async () => {
  server = await testIssuer.listen()
  api = createApi(server.issuer, encryptionKeyPair().privateJwk)
})

afterAll(async () => {
  api.protection.close()
  await server.close()
})

async function deliver(claims: { sub: string; client_id: string }) {
  const token = await testIssuer.token({ scope: 'events:write', ...claims })
  return request(api.app)
    .post('/webhooks/events')
    .auth(token, { type: 'bearer' })
    .send({ type: 'order.paid' })
}

test('the webhook accepts events from a machine', async () => {
  const { status, body } = await deliver({ sub: 'shop', client_id: 'shop' })

  expect({ status, body }).toEqual({ status: 200, body: { received: { type: 'order.paid' }, from: 'shop' } })
})

test('the webhook refuses events from a user, even with the same client and scope', async () => {
  const { status, body } = await deliver({ sub: 'alice', client_id: 'shop' })

  expect({ status, body }).toMatchObject({ status: 403, body: { error: 'access_denied' } })
})
