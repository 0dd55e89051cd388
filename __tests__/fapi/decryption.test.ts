/**
 * Encrypted tokens within the profile: encryption hides a token, and takes no duty away. FAPI 2.0
 * Security Profile (Final) §5.3.4 and §5.4.1, RFC 8725 §3.2.
 */
import express from 'express'
import { CompactEncrypt, exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { CompactJWEHeaderParameters } from 'jose'
import { requireScopes, resourceServer } from 'express-resource-server'
import type { ResourceServer } from 'express-resource-server'
import { dpop } from 'express-resource-server/dpop'
import { jwe } from 'express-resource-server/jwe'
import { createTestIssuer } from 'express-resource-server/testing'
import type { TestTokenOptions } from 'express-resource-server/testing'
import { start } from '../support/http.js'
import type { Answer, Running } from '../support/http.js'
import { newClient, newKey } from './support/client.js'
import type { Alg, Bound } from './support/client.js'
import { generatePair } from '../support/key-pairs.js'

const issuer = createTestIssuer()
const publicUrl = 'https://api.test'
const url = `${publicUrl}/orders`
const { privateKey, publicKey } = generatePair('ec', { namedCurve: 'P-256' })
const decryption = jwe({ keys: [{ key: privateKey, kid: 'api' }] })

const serverWith = (options: object = {}): ResourceServer =>
  resourceServer({
    profile: 'fapi2',
    issuer: { issuer: issuer.issuer, jwks: issuer.jwks },
    audience: issuer.audience,
    confirmation: dpop({ publicUrl }),
    decryption,
    ...options,
  })

const running = (server: ResourceServer): Promise<Running> => {
  const app = express().use(server)
  app.get('/orders', requireScopes('orders:read'), (req, res) =>
    res.json([req.auth?.scheme, req.auth?.header?.alg]),
  )
  return start(app)
}

let api: Running
let client: Bound

beforeAll(async () => {
  api = await running(serverWith())
  client = await newClient('ES256')
})

const encrypted = (
  inner: string,
  header: Partial<CompactJWEHeaderParameters> = {},
  key: Parameters<CompactEncrypt['encrypt']>[0] = publicKey,
): Promise<string> =>
  new CompactEncrypt(Buffer.from(inner))
    .setProtectedHeader({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM', kid: 'api', cty: 'JWT', ...header })
    .encrypt(key)

const signed = (claims: TestTokenOptions = {}): Promise<string> =>
  issuer.token({ key: 'ES256', scope: 'orders:read', cnf: { jkt: client.jkt }, ...claims })

interface Sent {
  readonly to?: Running
  readonly scheme?: string
  /** What the proof is for. Default: the token. */
  readonly proofFor?: string
}

async function send(
  token: string,
  { to = api, scheme = 'DPoP', proofFor = token }: Sent = {},
): Promise<Answer> {
  const headers = { authorization: `${scheme} ${token}`, dpop: await client.proof(proofFor, url) }
  return to.ask({ path: '/orders', headers })
}

const outcome = ({ status, challenge }: Answer) => [status, challenge?.scheme, challenge?.parameters['error']]
const REFUSED = [401, 'DPoP', 'invalid_token']
const PROOF_REFUSED = [401, 'DPoP', 'invalid_dpop_proof']

test('an encrypted token that is bound is accepted, each time with a proof of its own', async () => {
  const token = await encrypted(await signed())
  for (let i = 0; i < 3; i++) {
    const { status, body } = await send(token)
    expect([status, body]).toEqual([200, ['DPoP', 'ES256']])
  }
})

describe('The proof is for the token as it is sent', () => {
  test('and not for the JWT inside', async () => {
    const inner = await signed()
    const token = await encrypted(inner)
    expect(outcome(await send(token, { proofFor: inner }))).toEqual(PROOF_REFUSED)
    expect((await send(token)).status).toBe(200)
  })

  test('and not for another encryption of the same JWT', async () => {
    const inner = await signed()
    const [one, other] = [await encrypted(inner), await encrypted(inner)]
    expect(outcome(await send(one, { proofFor: other }))).toEqual(PROOF_REFUSED)
  })

  test('and is valid once, although the token is remembered', async () => {
    const token = await encrypted(await signed())
    const proof = await client.proof(token, url)
    const headers = { authorization: `DPoP ${token}`, dpop: proof }
    expect((await api.ask({ path: '/orders', headers })).status).toBe(200)
    expect(outcome(await api.ask({ path: '/orders', headers }))).toEqual(PROOF_REFUSED)
  })
})

describe('Only bound tokens are accepted', () => {
  test.each<[string, TestTokenOptions, string]>([
    ['unbound, as Bearer', { cnf: undefined }, 'Bearer'],
    ['unbound, as DPoP', { cnf: undefined }, 'DPoP'],
    ['bound to another key', { cnf: { jkt: 'A'.repeat(43) } }, 'DPoP'],
    ['bound, as Bearer', {}, 'Bearer'],
  ])('one that is %s is refused, also when it comes again', async (_what, claims, scheme) => {
    const token = await encrypted(await signed(claims))
    for (let i = 0; i < 2; i++) expect((await send(token, { scheme })).status).toBe(401)
  })

  test('a binding in the header of the encryption, which nobody has signed, does not count', async () => {
    const token = await encrypted(await signed({ cnf: undefined }), { cnf: { jkt: client.jkt } })
    expect(outcome(await send(token))).toEqual(REFUSED)
  })
})

describe('The JWT inside is signed with PS256, ES256 or Ed25519', () => {
  const withKeyOf = async (alg: Alg): Promise<[api: Running, token: string]> => {
    const { privateKey: signingKey, jwk } = await newKey(alg)
    const claims = { client_id: 'app', scope: 'orders:read', cnf: { jkt: client.jkt }, jti: 'token-1' }
    const inner = await new SignJWT(claims)
      .setProtectedHeader({ alg, typ: 'at+jwt', kid: 'k' })
      .setIssuer(issuer.issuer)
      .setAudience(issuer.audience)
      .setSubject('ann')
      .setIssuedAt()
      .setExpirationTime('5 min')
      .sign(signingKey)
    const jwks = { keys: [{ ...jwk, kid: 'k' }] }
    return [await running(serverWith({ issuer: { issuer: issuer.issuer, jwks } })), await encrypted(inner)]
  }

  test.each<Alg>(['PS256', 'ES256', 'Ed25519', 'EdDSA'])('%s is accepted', async (alg) => {
    const [to, token] = await withKeyOf(alg)
    expect((await send(token, { to })).status).toBe(200)
  })

  test.each<Alg>(['RS256', 'PS384', 'ES384', 'ES512'])('%s is refused', async (alg) => {
    const [to, token] = await withKeyOf(alg)
    expect(outcome(await send(token, { to }))).toEqual(REFUSED)
  })

  const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

  test('no signature is refused, whether alg is "none" or the claims stand alone', async () => {
    const [, claims = ''] = (await signed()).split('.')
    const unsigned = `${base64url({ alg: 'none', typ: 'at+jwt' })}.${claims}.`
    const alone = Buffer.from(claims, 'base64url').toString()
    for (const inner of [unsigned, alone])
      expect(outcome(await send(await encrypted(inner)))).toEqual(REFUSED)
  })

  test('a signature by the secret that encrypts is refused', async () => {
    const secret = Buffer.alloc(32, 7)
    const to = await running(
      serverWith({
        decryption: jwe({ keys: [{ kty: 'oct', k: secret.toString('base64url'), kid: 'shared' }] }),
      }),
    )
    const inner = await new SignJWT({
      cnf: { jkt: client.jkt },
      client_id: 'app',
      scope: 'orders:read',
      jti: '1',
    })
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 'shared' })
      .setIssuer(issuer.issuer)
      .setAudience(issuer.audience)
      .setSubject('ann')
      .setIssuedAt()
      .setExpirationTime('5 min')
      .sign(secret)
    const token = await encrypted(inner, { alg: 'A256KW', kid: 'shared' }, secret)
    expect(outcome(await send(token, { to }))).toEqual(REFUSED)
    const good = await encrypted(await signed(), { alg: 'A256KW', kid: 'shared' }, secret)
    expect((await send(good, { to })).status).toBe(200)
  })
})

describe('The JWT inside is an RFC 9068 access token', () => {
  test.each<[string, TestTokenOptions]>([
    ['of no type', { header: { typ: undefined } }],
    ['of another type', { header: { typ: 'JWT' } }],
    ['without a client', { client_id: undefined }],
    ['without an id', { jti: undefined }],
    ['expired', { exp: Math.floor(Date.now() / 1000) - 60 }],
    ['for another API', { aud: 'https://elsewhere.test' }],
  ])('one that is %s is refused', async (_what, claims) => {
    // The type of what is encrypted, in the outer header, is not the type of the token.
    const token = await encrypted(await signed(claims), { typ: 'at+jwt', cty: 'at+jwt' })
    expect(outcome(await send(token))).toEqual(REFUSED)
  })
})

test('with required, a token that is bound but not encrypted is refused', async () => {
  const to = await running(
    serverWith({ decryption: jwe({ keys: [{ key: privateKey, kid: 'api' }], required: true }) }),
  )
  const inner = await signed()
  expect(outcome(await send(inner, { to }))).toEqual(REFUSED)
  expect((await send(await encrypted(inner), { to })).status).toBe(200)
})

describe('Encryption follows RFC 8725 §3.2', () => {
  test.each(['RSA1_5', 'PBES2-HS256+A128KW'])('%s cannot be configured', (alg) => {
    expect(() => jwe({ keys: [{ key: privateKey, kid: 'api' }], algorithms: [alg as 'RSA-OAEP'] })).toThrow(
      /^jwe\.algorithms: /,
    )
  })

  test('an RSA key below 2048 bits cannot be configured', () => {
    const short = generatePair('rsa', { modulusLength: 1024 }).privateKey
    expect(() => jwe({ keys: [{ key: short, kid: 'short' }] })).toThrow(/^jwe\.keys\[0\]: is a weak RSA key/)
  })

  test('a point that is not on the curve of the key is refused', async () => {
    const other = await generateKeyPair('ECDH-ES+A256KW', { crv: 'P-384', extractable: true })
    const token = await encrypted(await signed(), {}, other.publicKey)
    expect(outcome(await send(token))).toEqual(REFUSED)
    const { x = '', y = '' } = await exportJWK(publicKey)
    const [, ...rest] = (await encrypted(await signed())).split('.')
    const epk = { kty: 'EC', crv: 'P-256', x: y, y: x }
    const header = { alg: 'ECDH-ES+A256KW', enc: 'A256GCM', kid: 'api', cty: 'JWT', epk }
    const forged = [Buffer.from(JSON.stringify(header)).toString('base64url'), ...rest].join('.')
    expect(outcome(await send(forged))).toEqual(REFUSED)
  })
})

test('verify() refuses every encrypted token, as nobody shows a proof', async () => {
  const server = serverWith()
  for (const [cnf, code] of [
    [{ jkt: client.jkt }, 'ERR_CONFIRMATION_UNSUPPORTED'],
    [undefined, 'ERR_CONFIRMATION_MISSING'],
  ] as const)
    await expect(server.verify(await encrypted(await signed({ cnf })))).rejects.toMatchObject({ code })
})
