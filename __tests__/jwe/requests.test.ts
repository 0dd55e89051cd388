import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import express from 'express'
import fc from 'fast-check'
import { resourceServer } from 'express-resource-server'
import type {
  AcceptedEvent,
  RefusedEvent,
  ResourceServer,
  ResourceServerError,
  ResourceServerOptions,
} from 'express-resource-server'
import { jwe } from 'express-resource-server/jwe'
import type { JweDecryption, JweOptions } from 'express-resource-server/jwe'
import { createTestIssuer } from 'express-resource-server/testing'
import type { TestTokenOptions } from 'express-resource-server/testing'
import { checkInPool } from '../../lib/core/jws/pool.js'
import { start } from '../support/http.js'
import type { Running } from '../support/http.js'
import { bomb, encrypt } from '../support/jwe.js'
import { generatePair } from '../support/key-pairs.js'
import { sized } from '../support/sized.js'

let nowMs = 1_750_000_000_000
const clock = { epochMs: () => nowMs }
const issuer = createTestIssuer({ clock })
const pair = generatePair('rsa', { modulusLength: 2048 })
const key = { key: pair.privateKey, kid: 'api' }
const toApi = { key: pair.publicKey, header: { kid: 'api' } }

function serverWith(
  options: Partial<ResourceServerOptions> = {},
  jweOptions: Partial<JweOptions> = {},
): ResourceServer {
  const decryption = jwe({ keys: [key], ...jweOptions })
  return resourceServer({ ...issuer.options, clock, decryption, ...options })
}

const nested = async (claims: TestTokenOptions = {}): Promise<string> =>
  encrypt(await issuer.token(claims), toApi)
const codeOf = (server: ResourceServer, token: string): Promise<unknown> =>
  server.verify(token).then(
    () => 'accepted',
    (error: unknown) => (error as ResourceServerError).code,
  )

describe('The principal of an encrypted token', () => {
  test('has the header and the claims of the token inside, and the text that was sent', async () => {
    const token = await nested({ scope: 'read', tenant: 't1' })
    const server = serverWith()
    for (let i = 0; i < 3; i++) {
      const principal = await server.verify(token)
      expect(principal).toMatchObject({
        issuer: issuer.issuer,
        subject: 'user-1',
        scopes: ['read'],
        claims: { tenant: 't1' },
        header: { alg: 'RS256', typ: 'at+jwt' },
      })
      expect(principal.token).toBe(token)
      expect(Object.isFrozen(principal.claims)).toBe(true)
    }
  })

  test.each([
    [
      'remembered by a schema',
      { '~standard': { version: 1, vendor: 'test', validate: () => ({ value: { n: 1 } }) } },
    ],
    [
      'made again for each request',
      { '~standard': { version: 1, vendor: 'test', validate: () => ({ value: { n: 1, at: new Date() } }) } },
    ],
  ])('may have claims %s', async (_, claims) => {
    const server = serverWith({ claims: claims as never })
    const token = await nested()
    for (let i = 0; i < 3; i++) {
      const principal = await server.verify(token)
      expect(principal.claims).toMatchObject({ n: 1 })
      expect(principal.token).toBe(token)
    }
  })

  test('is the same for two tokens that hold one JWT, each under its own text', async () => {
    const inner = await issuer.token()
    const server = serverWith()
    const [one, other] = [encrypt(inner, toApi), encrypt(inner, toApi)]
    for (let i = 0; i < 3; i++) {
      expect((await server.verify(one)).token).toBe(one)
      expect((await server.verify(other)).token).toBe(other)
    }
  })
})

describe('A remembered encrypted token', () => {
  test('is not decrypted again', async () => {
    const server = serverWith()
    const token = await nested()
    const seen: boolean[] = []
    const listener = (message: unknown): void => void seen.push((message as AcceptedEvent).isCached)
    subscribe('express-resource-server:accepted', listener)
    for (let i = 0; i < 4; i++) await server.verify(token)
    unsubscribe('express-resource-server:accepted', listener)
    expect(seen).toEqual([false, true, true, true])
  })

  test.each([1, 2, 3])('is refused when it expires, after %d uses', async (uses) => {
    const server = serverWith()
    const token = await nested()
    for (let i = 0; i < uses; i++) expect(await codeOf(server, token)).toBe('accepted')
    nowMs += 3_600_000
    expect(await codeOf(server, token)).toBe('ERR_TOKEN_EXPIRED')
    nowMs -= 3_600_000
  })

  test.each([1, 2, 3])('is refused when the key of its signature is gone, after %d uses', async (uses) => {
    const rotating = createTestIssuer({ clock })
    const served = await rotating.listen()
    const server = resourceServer({ ...served.options, clock, decryption: jwe({ keys: [key] }) })
    const token = encrypt(await rotating.token(), toApi)
    for (let i = 0; i < uses; i++) expect(await codeOf(server, token)).toBe('accepted')
    rotating.rotate()
    await server.refresh()
    expect(await codeOf(server, token)).toMatch(/^ERR_/)
    server.close()
    await served.close()
  })

  test.each([0, 1, 2])(
    'does not let the JWT inside pass alone where encryption is required: after %d uses',
    async (uses) => {
      const inner = await issuer.token()
      const server = serverWith({}, { required: true })
      for (let i = 0; i < uses; i++) expect(await codeOf(server, encrypt(inner, toApi))).toBe('accepted')
      expect(await codeOf(server, inner)).toBe('ERR_ENCRYPTION_REQUIRED')
    },
  )

  test('does not help a token of the same beginning or the same end', async () => {
    const server = serverWith()
    const token = await nested()
    for (let i = 0; i < 2; i++) await server.verify(token)
    const parts = token.split('.')
    const [, wrapped] = (await nested()).split('.')
    expect(await codeOf(server, parts.with(1, wrapped ?? '').join('.'))).toBe('ERR_DECRYPTION_FAILED')
  })

  test('is decrypted once by concurrent requests', async () => {
    const server = serverWith()
    const token = await nested()
    const principals = await Promise.all(Array.from({ length: 300 }, () => server.verify(token)))
    expect(new Set(principals.map((each) => each.token))).toEqual(new Set([token]))
  })

  test('is decrypted each time without a cache', async () => {
    const server = serverWith({ tokenCache: false })
    const token = await nested()
    for (let i = 0; i < 2; i++) expect(await codeOf(server, token)).toBe('accepted')
  })
})

describe('Keys', () => {
  const others = [1, 2, 3, 4].map(() => generatePair('ec', { namedCurve: 'P-256' }))
  const keys = others.map(({ privateKey }, index) => ({ key: privateKey, kid: `k${index}` }))
  const to = (index: number, kid?: string): Parameters<typeof encrypt>[1] => ({
    key: others[index]!.publicKey,
    alg: 'ECDH-ES',
    header: { kid },
  })

  test('during a rotation: old and new tokens are accepted, until the old key is taken out', async () => {
    const [inner, both, onlyNew] = [
      await issuer.token(),
      serverWith({}, { keys: keys.slice(0, 2) }),
      serverWith({}, { keys: keys.slice(1, 2) }),
    ]
    expect(await codeOf(both, encrypt(inner, to(0, 'k0')))).toBe('accepted')
    expect(await codeOf(both, encrypt(inner, to(1, 'k1')))).toBe('accepted')
    expect(await codeOf(onlyNew, encrypt(inner, to(1, 'k1')))).toBe('accepted')
    expect(await codeOf(onlyNew, encrypt(inner, to(0, 'k0')))).toBe('ERR_DECRYPTION_KEY_UNKNOWN')
  })

  test('for a token without kid, the first four that fit are tried', async () => {
    const inner = await issuer.token()
    const fifth = generatePair('ec', { namedCurve: 'P-256' })
    const server = serverWith({}, { keys: [key, ...keys, { key: fifth.privateKey, kid: 'k5' }] })
    for (let index = 0; index < 4; index++)
      expect(await codeOf(server, encrypt(inner, to(index)))).toBe('accepted')
    const last = { ...to(0), key: fifth.publicKey }
    expect(await codeOf(server, encrypt(inner, last))).toBe('ERR_DECRYPTION_FAILED')
    expect(await codeOf(server, encrypt(inner, { ...last, header: { kid: 'k5' } }))).toBe('accepted')
  })

  test('are only those with the kid that a token names', async () => {
    const server = serverWith({}, { keys: [{ key: others[0]!.privateKey }, keys[1]!] })
    const inner = await issuer.token()
    expect(await codeOf(server, encrypt(inner, to(0, 'other')))).toBe('ERR_DECRYPTION_KEY_UNKNOWN')
    expect(await codeOf(server, encrypt(inner, to(0)))).toBe('accepted')
  })

  test('with an alg are used with no other', async () => {
    const server = serverWith({}, { keys: [{ ...key, alg: 'RSA-OAEP-256' }] })
    const inner = await issuer.token()
    expect(await codeOf(server, encrypt(inner, toApi))).toBe('accepted')
    expect(await codeOf(server, encrypt(inner, { ...toApi, alg: 'RSA-OAEP' }))).toBe(
      'ERR_DECRYPTION_KEY_UNKNOWN',
    )
  })
})

describe('The route with the public keys', () => {
  test('serves the public halves, with headers for caches, and no symmetric key', async () => {
    const ec = generatePair('ec', { namedCurve: 'P-384' })
    const decryption: JweDecryption = jwe({
      keys: [
        { ...pair.privateKey.export({ format: 'jwk' }), kid: 'a', use: 'enc', alg: 'RSA-OAEP-256' },
        { key: ec.privateKey },
        { kty: 'oct', k: 'A'.repeat(43), kid: 'secret' },
      ],
    })
    const app = express()
    app.get('/jwks', decryption.jwksRoute())
    const { status, headers, text } = await (await start(app)).ask({ path: '/jwks' })
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'application/jwk-set+json',
      'public, max-age=300',
    ])
    expect(JSON.parse(text)).toEqual({
      keys: [
        { ...pair.publicKey.export({ format: 'jwk' }), kid: 'a', use: 'enc', alg: 'RSA-OAEP-256' },
        { ...ec.publicKey.export({ format: 'jwk' }), use: 'enc' },
      ],
    })
  })
})

describe('Work that strangers cause', () => {
  test('is bounded: two decryptions at once, 100 wait, others get 503', async () => {
    const server = serverWith()
    const tokens = Array.from({ length: 150 }, () => encrypt('x.y.z', toApi))
    const codes = await Promise.all(tokens.map((token) => codeOf(server, token)))
    const count = (code: string): number => codes.filter((each) => each === code).length
    expect([count('ERR_TOKEN_MALFORMED'), count('ERR_OVERLOADED')]).toEqual([102, 48])
    expect(await codeOf(server, await nested())).toBe('accepted')
  })

  test('leaves JWTs and remembered tokens unharmed, and an overload is no 401', async () => {
    const app = express()
    app.use(serverWith())
    app.get('/', (req, res) => res.json(req.auth?.subject))
    const { ask } = await start(app)
    const remembered = await nested()
    expect((await ask({ token: remembered })).status).toBe(200)
    const done: ((isValid: boolean) => void)[] = []
    const busy = [1, 2].map(() => checkInPool({}, (end) => done.push(end)))
    const server = serverWith()
    const waiting = Array.from({ length: 100 }, () => codeOf(server, encrypt('x', toApi)))
    const extra = await server.verify(await nested()).catch((error: unknown) => error)
    expect(server.answerTo(extra)).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
    expect((await ask({ token: remembered })).status).toBe(200)
    expect((await ask({ token: await issuer.token() })).status).toBe(200)
    for (const end of done) end(true)
    await Promise.all([...busy, ...waiting])
  })

  test('costs no decryption if the header already refuses the token', async () => {
    const server = serverWith()
    const done: ((isValid: boolean) => void)[] = []
    const busy = [1, 2].map(() => checkInPool({}, (end) => done.push(end)))
    const inner = await issuer.token()
    const refused = [
      encrypt(inner, { ...toApi, header: { kid: 'unknown' } }),
      encrypt(inner, { ...toApi, header: { alg: 'PBES2-HS256+A128KW', p2c: 2e9 } }),
      encrypt(inner, { ...toApi, header: { kid: 'api', crit: ['x'] } }),
      encrypt(inner, { ...toApi, header: { kid: 'api', zip: 'GZ' } }),
      encrypt(inner, { ...toApi, change: ({ tag }) => ({ tag: tag.slice(1) }) }),
      encrypt(inner, { ...toApi, ivBytes: 8 }),
    ]
    for (const token of refused) expect(await codeOf(server, token)).toMatch(/^ERR_/)
    for (const end of done) end(true)
    await Promise.all(busy)
  })

  test('has a bound for compressed text: maxTokenBytes', async () => {
    const filler = 'a'.repeat(3000)
    const [fits, tooLong] = [await issuer.token({ filler }), await issuer.token({ filler: filler.repeat(2) })]
    const server = serverWith({ maxTokenBytes: 6000 })
    const zipped = { ...toApi, header: { kid: 'api', zip: 'DEF' } }
    expect(await codeOf(server, encrypt(fits, zipped))).toBe('accepted')
    expect(await codeOf(server, encrypt(tooLong, zipped))).toBe('ERR_DECRYPTION_FAILED')
    expect(await codeOf(server, encrypt(tooLong, toApi))).toBe('ERR_TOKEN_TOO_LARGE')
  })

  test('a bomb of 250 MiB is not inflated [JWE-012]', async () => {
    const server = serverWith({ maxTokenBytes: 1_048_576 })
    const token = encrypt(await issuer.token(), { ...toApi, header: { zip: 'DEF' }, deflate: bomb(250) })
    const before = process.memoryUsage()
    expect(await codeOf(server, token)).toBe('ERR_DECRYPTION_FAILED')
    const { arrayBuffers } = process.memoryUsage()
    expect(arrayBuffers - before.arrayBuffers).toBeLessThan(32 << 20)
  })
})

describe('A refusal up to the signature inside', () => {
  let api: Running
  let events: RefusedEvent[] = []
  const note = (message: unknown): void => void events.push(message as RefusedEvent)

  beforeAll(async () => {
    const app = express()
    const keys = [key, { kty: 'oct', k: Buffer.alloc(32, 1).toString('base64url') }]
    app.use(serverWith({}, { keys }))
    app.get('/', (_req, res) => res.json('in'))
    api = await start(app)
    subscribe('express-resource-server:refused', note)
  })
  afterAll(() => unsubscribe('express-resource-server:refused', note))
  beforeEach(() => (events = []))

  async function answerTo(token: string): Promise<unknown> {
    const { status, headers, text } = await api.ask({ token })
    const { date: _date, connection: _connection, 'keep-alive': _keepAlive, ...others } = headers
    return { status, headers: others, text }
  }

  test('is the same for every bit that is flipped, in every part', async () => {
    const good = [
      await nested(),
      encrypt(await issuer.token(), { key: Buffer.alloc(32, 1), alg: 'A256KW', enc: 'A128CBC-HS256' }),
      encrypt(await issuer.token(), { key: Buffer.alloc(32, 1), alg: 'dir' }),
    ]
    for (const token of good) expect((await api.ask({ token })).status).toBe(200)
    const expected = await answerTo(await issuer.token({ iss: 'https://elsewhere.test' }))
    expect(expected).toMatchObject({ status: 401 })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...good), fc.nat(4), fc.nat(), async (token, index, position) => {
        const parts = token.split('.')
        const bytes = Buffer.from(parts[index] ?? '', 'base64url')
        fc.pre(bytes.length > 0)
        const bit = position % (bytes.length * 8)
        bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
        expect(await answerTo(parts.with(index, bytes.toString('base64url')).join('.'))).toEqual(expected)
      }),
      { numRuns: sized({ usual: 150, thorough: 2000 }) },
    )
  })

  test('is the same for every reason, and the operator sees which', async () => {
    const inner = await issuer.token()
    const forged = `${inner.slice(0, -8)}AAAAAAAA`
    const tokens: Readonly<Record<string, string>> = {
      ERR_DECRYPTION_KEY_UNKNOWN: encrypt(inner, { ...toApi, header: { kid: 'unknown' } }),
      ERR_DECRYPTION_FAILED: encrypt(inner, {
        ...toApi,
        key: generatePair('rsa', { modulusLength: 2048 }).publicKey,
      }),
      ERR_ALGORITHM_NOT_ALLOWED: encrypt(inner, { ...toApi, alg: 'RSA1_5' }),
      ERR_CRITICAL_HEADER: encrypt(inner, { ...toApi, header: { kid: 'api', crit: ['x'] } }),
      ERR_HEADER_CLAIM_MISMATCH: encrypt(inner, { ...toApi, header: { kid: 'api', sub: 'other' } }),
      ERR_TOKEN_MALFORMED: encrypt('{"sub":"admin"}', toApi),
      ERR_TOKEN_TYPE: await nested({ header: { typ: 'logout+jwt' } }),
      ERR_ISSUER_UNKNOWN: await nested({ iss: 'https://elsewhere.test' }),
      ERR_TOKEN_EXPIRED: await nested({ exp: nowMs / 1000 - 3600 }),
      ERR_KEY_UNKNOWN: await nested({ header: { kid: 'unknown' } }),
      ERR_SIGNATURE_INVALID: encrypt(forged, toApi),
    }
    const expected = await answerTo('x')
    events = []
    for (const token of Object.values(tokens)) expect(await answerTo(token)).toEqual(expected)
    expect(events.map(({ code }) => code)).toEqual(Object.keys(tokens))
  })
})
