const request = require('supertest')
const { createTestIssuer } = require('express-resource-server/testing')
const { createApp } = require('./app')

const issuer = createTestIssuer()
const app = createApp(issuer.options)

test('a token with the scope may read the orders', async () => {
  const token = await issuer.token({ scope: 'orders:read', sub: 'user-1' })
  await request(app).get('/orders').auth(token, { type: 'bearer' }).expect(200, { hello: 'user-1' })
})

test('a token without it may not', async () => {
  const token = await issuer.token({ scope: 'other' })
  await request(app).get('/orders').auth(token, { type: 'bearer' }).expect(403)
})

test('nor may nobody', async () => {
  await request(app).get('/orders').expect(401)
})
