/** Clients of the test issuer with a key: bound tokens and proofs. */
import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, EmbeddedJWK, jwtVerify } from 'jose'
import express from 'express'
import request from 'supertest'
import { resourceServer } from 'express-resource-server'
import { dpop } from 'express-resource-server/dpop'
import { createTestIssuer } from 'express-resource-server/testing'
import type { Algorithm } from 'express-resource-server/testing'

const clock = { epochMs: () => Date.parse('2030-01-01T12:00:00Z') }
const issuer = createTestIssuer({ clock })
const URL_OF_API = 'https://api.test/orders'

const app = express()
app.use(
  resourceServer({ ...issuer.options, confirmation: dpop({ publicUrl: 'https://api.test', clock }) }),
  (req, res) => void res.json(req.auth?.scheme),
)

test.each<Algorithm>(['ES256', 'ES384', 'ES512', 'ES256K', 'Ed25519', 'Ed448', 'RS256', 'PS512'])(
  'a client with a key for %s is accepted',
  async (algorithm) => {
    const client = issuer.dpop({ algorithm })
    const token = await client.token()
    const proof = await client.proof('GET', `${URL_OF_API}?page=1`, { token })
    await request(app)
      .get('/orders')
      .set({ authorization: `DPoP ${token}`, dpop: proof })
      .expect(200, '"DPoP"')
    expect(decodeProtectedHeader(proof)).toEqual({ alg: algorithm, typ: 'dpop+jwt', jwk: client.jwk })
  },
)

test('a proof is what RFC 9449 §4.2 asks for, and jose agrees', async () => {
  const client = issuer.dpop()
  const token = await client.token({ scope: 'orders:read' })
  const proof = await client.proof('POST', new URL(`${URL_OF_API}?page=1#top`), { token, nonce: 'n' })
  const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
    typ: 'dpop+jwt',
    currentDate: new Date(clock.epochMs()),
  })
  expect(protectedHeader.alg).toBe('ES256')
  expect(payload).toEqual({
    jti: expect.stringMatching(/^[\w-]{36}$/),
    htm: 'POST',
    htu: URL_OF_API,
    iat: clock.epochMs() / 1000,
    ath: expect.stringMatching(/^[\w-]{43}$/),
    nonce: 'n',
  })
  expect(client.thumbprint).toBe(await calculateJwkThumbprint(client.jwk))
  expect(decodeJwt(token)).toMatchObject({ cnf: { jkt: client.thumbprint }, scope: 'orders:read' })
})

test('every part can be spoiled', async () => {
  const [client, stranger] = [issuer.dpop(), issuer.dpop()]
  const token = await client.token()
  const send = async (proof: string) =>
    (
      await request(app)
        .get('/orders')
        .set({ authorization: `DPoP ${token}`, dpop: proof })
    ).status
  const proofs = [
    client.proof('GET', URL_OF_API),
    client.proof('POST', URL_OF_API, { token }),
    client.proof('GET', URL_OF_API, { token, iat: 1 }),
    client.proof('GET', URL_OF_API, { token, jti: undefined }),
    client.proof('GET', URL_OF_API, { token, htu: `${URL_OF_API}/1` }),
    client.proof('GET', URL_OF_API, { token, header: { typ: 'JWT' } }),
    client.proof('GET', URL_OF_API, { token, header: { jwk: stranger.jwk } }),
    client.proof('GET', URL_OF_API, { token, header: { jwk: undefined } }),
    stranger.proof('GET', URL_OF_API, { token }),
  ]
  expect(await Promise.all((await Promise.all(proofs)).map(send))).toEqual(proofs.map(() => 401))
  expect(await send(await client.proof('GET', URL_OF_API, { token }))).toBe(200)
})

test.each(['HS256', 'none', ''])('no client has a key for "%s"', (algorithm) => {
  expect(() => issuer.dpop({ algorithm: algorithm as Algorithm })).toThrow(
    expect.objectContaining({ code: 'ERR_CONFIGURATION', option: 'dpop.algorithm' }),
  )
})

test('a misspelt option is named', () => {
  expect(() => issuer.dpop({ alg: 'ES256' } as never)).toThrow(/dpop\.alg/)
})
