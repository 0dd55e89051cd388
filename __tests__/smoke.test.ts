import express from 'express'
import request from 'supertest'
import { requireScopes, resourceServer } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'

const issuer = createTestIssuer()

describe('smoke', () => {
  test.each(['RS256','RS512','PS256','ES256','ES384','ES512','ES256K','Ed25519','Ed448'] as const)('%s', async (key) => {
    const app = express()
    app.use(resourceServer(issuer.options))
    app.get('/', requireScopes('read'), (req, res) => { res.json(req.auth) })
    const token = await issuer.token({ scope: 'read', key })
    const r = await request(app).get('/').set('authorization', `Bearer ${token}`)
    expect(r.status).toBe(200)
    const r2 = await request(app).get('/').set('authorization', `Bearer ${await issuer.token({ scope: 'write', key })}`)
    console.log(r2.status, r2.headers["www-authenticate"], r2.body, r.body)
    const r3 = await request(app).get('/')
    expect([r3.status, r3.headers['www-authenticate'], r3.body]).toEqual([401, 'Bearer', {}])
  })
})
