import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import express from 'express'
import request from 'supertest'
import { requireScopes, resourceServer } from 'express-resource-server'
import type {
  AcceptedEvent,
  IssuerResolver,
  ResourceServer,
  ResourceServerOptions,
} from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import type { TestIssuer } from 'express-resource-server/testing'
import { assemble } from '../../../lib/core/server/assemble.js'
import { authenticate } from '../../../lib/core/server/authenticate.js'
import { TokenCache } from '../../../lib/core/server/token-cache.js'
import { parseOptions } from '../../../lib/core/options/server.js'

const START_SECONDS = 1_800_000_000
let nowSeconds: number
const clock = { epochMs: (): number => nowSeconds * 1000 }
let issuer: TestIssuer

beforeAll(() => {
  nowSeconds = START_SECONDS
  issuer = createTestIssuer({ clock })
})

beforeEach(() => {
  nowSeconds = START_SECONDS
})

function server(options: Partial<ResourceServerOptions> = {}): ResourceServer {
  return resourceServer({ ...issuer.options, ...options })
}

/** The answer, and whether it came from the cache. */
async function verify(api: ResourceServer, token: string): Promise<string> {
  let cached = ''
  const listener = (message: unknown): void => {
    cached = (message as AcceptedEvent).isCached ? 'cached' : 'verified'
  }
  subscribe('express-resource-server:accepted', listener)
  try {
    await api.verify(token)
    return cached
  } catch (error) {
    return (error as { code: string }).code
  } finally {
    unsubscribe('express-resource-server:accepted', listener)
  }
}

/** After its first use, a summary of a token is remembered; after its second, the token. */
const USES: readonly [string, number][] = [
  ['used once', 1],
  ['used twice', 2],
]

async function use(api: ResourceServer, token: string, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await verify(api, token)
}

describe.each(USES)('A token that was verified before, %s', (_uses, times) => {
  test('is not verified again', async () => {
    const api = server()
    const token = await issuer.token()
    expect([await verify(api, token), await verify(api, token)]).toEqual(['verified', 'cached'])
  })

  test('reaches the next handler in the same tick', async () => {
    const config = assemble(parseOptions(issuer.options))
    const headers = { authorization: `Bearer ${await issuer.token({ key: 'ES512' })}` }
    expect(authenticate({ headers, rawHeaders: [] }, config)).toBeInstanceOf(Promise)
    await authenticate({ headers, rawHeaders: [] }, config)
    expect(authenticate({ headers, rawHeaders: [] }, config)).not.toBeInstanceOf(Promise)
  })

  test('reaches next() before the middleware returns; so does a new one whose keys are at hand', async () => {
    const api = server()
    const authorization = `Bearer ${await issuer.token()}`
    for (const path of ['new', 'remembered']) {
      const req: any = { url: `/${path}`, headers: { authorization }, rawHeaders: [] }
      let passed = false
      api(req, { headersSent: false } as any, () => (passed = true))
      expect(passed).toBe(true)
      expect(req.auth.subject).toBe('user-1')
    }
  })

  test.each([
    ['with iat', {}],
    ['without iat', { iat: undefined }],
  ])('is refused once it expired, %s', async (_, spec) => {
    const api = server()
    const token = await issuer.token({ exp: START_SECONDS + 60, ...spec })
    await use(api, token, times)
    nowSeconds = START_SECONDS + 64
    expect(await verify(api, token)).toBe('cached')
    nowSeconds = START_SECONDS + 65
    expect(await verify(api, token)).toBe('ERR_TOKEN_EXPIRED')
  })

  test('is judged by the clock of each use: before nbf again when the clock went back', async () => {
    const api = server()
    const token = await issuer.token({ nbf: START_SECONDS, exp: START_SECONDS + 7200 })
    await use(api, token, times)
    nowSeconds = START_SECONDS - 3600
    expect(await verify(api, token)).toBe('ERR_TOKEN_NOT_YET_VALID')
  })

  test('is refused once it is too old', async () => {
    const api = server({ maxTokenAgeSeconds: 60 })
    const token = await issuer.token({ exp: START_SECONDS + 7200 })
    await use(api, token, times)
    nowSeconds = START_SECONDS + 66
    expect(await verify(api, token)).toBe('ERR_TOKEN_TOO_OLD')
  })

  test('is another one in another encoding: trailing bits, padding and case do not reach its entry', async () => {
    const api = server()
    const token = await issuer.token()
    await use(api, token, times)
    const last = token.charAt(token.length - 1)
    const twin =
      token.slice(0, -1) +
      (last === 'A'
        ? 'B'
        : 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.charAt(
            'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.indexOf(last) ^ 1,
          ))
    expect(await verify(api, twin)).toBe('ERR_TOKEN_MALFORMED')
    expect(await verify(api, `${token}=`)).toBe('ERR_TOKEN_MALFORMED')
  })

  test.each<[string, (parts: readonly string[]) => string]>([
    ['another header', ([header = '', ...rest]) => [flip(header, 10), ...rest].join('.')],
    ['another payload', ([header, payload = '', end]) => [header, flip(payload, 20), end].join('.')],
    ['a payload that was cut', ([header, payload = '', end]) => [header, payload.slice(4), end].join('.')],
    ['another first character of the signature', (parts) => flipSignature(parts, 0)],
    ['another last character', (parts) => flipSignature(parts, -1)],
    ['nothing in front', ([, , end]) => `..${end}`],
    ['one part more', (parts) => `x.${parts.join('.')}`],
  ])('is another one with the same end and %s', async (_, change) => {
    const api = server()
    const token = await issuer.token()
    expect([await verify(api, token), await verify(api, token)]).toEqual(['verified', 'cached'])
    expect(await verify(api, change(token.split('.')))).toMatch(/^ERR_/)
    expect(await verify(api, token)).toBe('cached')
  })

  test('that is longer than 8 KiB is verified each time', async () => {
    const api = server()
    const token = await issuer.token({ groups: 'x'.repeat(7000) })
    expect([await verify(api, token), await verify(api, token)]).toEqual(['verified', 'verified'])
  })

  test('is the same principal from its second use on', async () => {
    const api = server()
    const token = await issuer.token()
    const [first, second, third] = [await api.verify(token), await api.verify(token), await api.verify(token)]
    expect(second).toEqual(first)
    expect(third).toBe(second)
    expect(second).not.toBe(first)
  })

  test('is refused at its second use where its audience no longer names this server', async () => {
    const changing = createTestIssuer({ clock })
    let audience = issuer.audience
    const resolver: IssuerResolver = () => ({ issuer: changing.issuer, jwks: changing.jwks, audience })
    const api = resourceServer({ issuer: resolver, audience: issuer.audience, clock })
    const token = await changing.token({ exp: START_SECONDS + 7200 })
    await use(api, token, times)
    audience = 'https://other.test'
    nowSeconds += 601
    expect(await verify(api, token)).toBe('ERR_AUDIENCE_MISMATCH')
  })

  test('is verified each time when the cache is turned off', async () => {
    const api = server({ tokenCache: false })
    const token = await issuer.token()
    expect([await verify(api, token), await verify(api, token)]).toEqual(['verified', 'verified'])
  })
})

describe('A server does not believe what another one remembers', () => {
  test.each<[string, Partial<ResourceServerOptions>, string]>([
    ['of another audience', { audience: 'https://other.test' }, 'ERR_AUDIENCE_MISMATCH'],
    ['of another algorithm', { algorithms: ['ES256'] }, 'ERR_ALGORITHM_NOT_ALLOWED'],
    ['of the strict profile', { profile: 'at+jwt' }, 'ERR_TOKEN_TYPE'],
    ['of a shorter age', { maxTokenAgeSeconds: 1 }, 'ERR_TOKEN_TOO_OLD'],
    ['of another issuer', { issuer: 'https://elsewhere.test' }, 'ERR_ISSUER_UNKNOWN'],
  ])('%s', async (_, options, code) => {
    const token = await issuer.token({ header: { typ: 'JWT' }, iat: START_SECONDS - 100 })
    const lenient = server()
    await verify(lenient, token)
    const strict = server(options)
    expect(await verify(strict, token)).toBe(code)
    expect(await verify(lenient, token)).toBe('cached')
  })
})

describe.each(USES)('A remembered token dies with its key, %s', (_uses, times) => {
  test('when the key left the set, and lives when the key stayed', async () => {
    const source = createTestIssuer({ clock })
    const http = await source.listen()
    const api = resourceServer({ ...http.options, clock })
    const token = await source.token({ exp: START_SECONDS + 7200 })
    expect(await verify(api, token)).toBe('verified')
    await api.refresh()
    expect(await verify(api, token)).toBe('cached')
    source.rotate()
    nowSeconds += 6
    await api.refresh()
    expect(await verify(api, token)).toBe('ERR_KEY_UNKNOWN')
    await http.close()
  })

  test('when the same kid got other material', async () => {
    const source = createTestIssuer({ clock })
    const http = await source.listen()
    const api = resourceServer({ ...http.options, clock })
    const token = await source.token({ exp: START_SECONDS + 7200 })
    await use(api, token, times)
    const kids = source.jwks.keys.map(({ kid }) => kid)
    source.rotate()
    const rotated = source.jwks.keys
    jest
      .spyOn(source, 'jwks', 'get')
      .mockReturnValue({ keys: rotated.map((jwk, i) => ({ ...jwk, kid: kids[i] ?? '' })) })
    nowSeconds += 6
    await api.refresh()
    expect(await verify(api, token)).toBe('ERR_SIGNATURE_INVALID')
    await http.close()
  })

  test('when the keys are purged: it is verified anew, by keys that are fetched anew', async () => {
    const source = createTestIssuer({ clock })
    const http = await source.listen()
    const api = resourceServer({ ...http.options, clock })
    const token = await source.token()
    await use(api, token, times)
    api.purge()
    source.rotate()
    expect(await verify(api, token)).toBe('ERR_KEY_UNKNOWN')
    expect(http.requests.jwks).toBe(2)
    await http.close()
  })

  test('while the keys are EXPIRED: 503, although the token is remembered', async () => {
    const source = createTestIssuer({ clock })
    const http = await source.listen()
    const api = resourceServer({ ...http.options, clock, keys: { ttlSeconds: 10, staleSeconds: 20 } })
    const token = await source.token({ exp: START_SECONDS + 7200 })
    await use(api, token, times)
    await http.close()
    nowSeconds += 29
    expect(await verify(api, token)).toMatch(/verified|cached/)
    nowSeconds += 2
    expect(await verify(api, token)).toBe('ERR_KEYS_UNAVAILABLE')
  })
})

describe('What is remembered', () => {
  test('is no failure: a token refused before its nbf is accepted after it', async () => {
    const api = server()
    const token = await issuer.token({ nbf: START_SECONDS + 60 })
    expect(await verify(api, token)).toBe('ERR_TOKEN_NOT_YET_VALID')
    nowSeconds += 60
    expect(await verify(api, token)).toBe('verified')
  })

  test('is no outage: a token met while the keys could not be had is accepted afterwards', async () => {
    const source = createTestIssuer({ clock })
    const first = await source.listen()
    const port = Number(new URL(first.issuer).port)
    await first.close()
    const api = resourceServer({ ...first.options, clock })
    const token = await source.token()
    expect(await verify(api, token)).toBe('ERR_KEYS_UNAVAILABLE')
    const second = await source.listen({ port })
    nowSeconds += 10
    expect(await verify(api, token)).toBe('verified')
    await second.close()
  })

  test('cannot be changed by one request for the next', async () => {
    const app = express()
    app.use(server())
    app.get('/', (req, res) => {
      const auth = req.auth as any
      for (const change of [
        () => auth.scopes.push('admin'),
        () => (auth.claims.scope = 'admin'),
        () => (auth.claims.nested.list[0] = 'admin'),
        () => (auth.scopes = ['admin']),
        () => (auth.header.kid = 'x'),
      ]) {
        expect(change).toThrow(TypeError)
      }
      res.end()
    })
    app.get('/admin', requireScopes('admin'), (_req, res) => res.end())
    const token = await issuer.token({ scope: 'read', nested: { list: ['a'] } })
    await request(app).get('/').set('authorization', `Bearer ${token}`).expect(200)
    await request(app).get('/admin').set('authorization', `Bearer ${token}`).expect(403)
  })

  test('is one verification for all who ask at the same time, and none of a failed one', async () => {
    const cache = new TokenCache({ maxEntries: 10, maxBytes: 65_536 })
    let runs = 0
    const entry = { verified: { token: 'token' } } as never
    const run = (): Promise<never> => {
      runs++
      return runs === 1 ? Promise.reject(new Error('down')) : Promise.resolve(entry)
    }
    const failed = await Promise.allSettled([cache.verifyOnce('token', run), cache.verifyOnce('token', run)])
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(runs).toBe(1)
    expect(await Promise.all([cache.verifyOnce('token', run), cache.verifyOnce('token', run)])).toEqual([
      entry,
      entry,
    ])
    expect(runs).toBe(2)
    expect(cache.get('token')).toBe(entry)
  })

  test('has no result of before a purge: who asks later starts a verification of their own', async () => {
    const cache = new TokenCache({ maxEntries: 10, maxBytes: 65_536 })
    const entry = { verified: { token: 'token' } } as never
    const finish: (() => void)[] = []
    const run = (): Promise<never> => new Promise((resolve) => finish.push(() => resolve(entry)))
    const before = cache.verifyOnce('token', run)
    cache.forgetPending()
    const after = cache.verifyOnce('token', run)
    expect(finish).toHaveLength(2)
    finish[0]!()
    await before
    // The end of the earlier one does not let go of the later one.
    const joined = cache.verifyOnce('token', run)
    expect(finish).toHaveLength(2)
    finish[1]!()
    expect(await Promise.all([after, joined])).toEqual([entry, entry])
  })

  test('keeps nothing that is remembered elsewhere', async () => {
    const cache = new TokenCache({ maxEntries: 10, maxBytes: 65_536 })
    const entry = { verified: { token: 'token', isRememberedElsewhere: true } } as never
    expect(await cache.verifyOnce('token', () => entry)).toBe(entry)
    expect(cache.get('token')).toBeUndefined()
  })

  test('is bounded under a flood of tokens that come once: the oldest are verified again', async () => {
    const api = server({ tokenCache: { maxEntries: 100 } })
    const flood = await Promise.all(
      Array.from({ length: 500 }, (_, i) => issuer.token({ sub: `${i}`, key: 'ES256' })),
    )
    for (const token of flood) await api.verify(token)
    expect(await verify(api, flood[400]!)).toBe('cached')
    expect(await verify(api, flood[0]!)).toBe('verified')
    expect(await verify(api, flood[400]!)).toBe('cached')
    expect(await verify(api, flood[401]!)).toBe('verified')
  })

  test('of headers belongs to a server, which asks its own gates', async () => {
    const token = await issuer.token({ key: 'ES256' })
    const critical = await issuer.token({ header: { crit: ['x'], x: 1 } })
    expect(await verify(server(), token)).toBe('verified')
    expect(await verify(server({ algorithms: ['RS256'] }), token)).toBe('ERR_ALGORITHM_NOT_ALLOWED')
    expect(await verify(server(), critical)).toBe('ERR_CRITICAL_HEADER')
    expect(await verify(server(), critical)).toBe('ERR_CRITICAL_HEADER')
  })

  test('of headers is bounded: a flood of strange ones leaves good tokens as they were', async () => {
    const api = server({ tokenCache: false })
    const token = await issuer.token()
    await verify(api, token)
    const [, ...rest] = token.split('.')
    for (let i = 0; i < 600; i++) {
      const strange = Buffer.from(JSON.stringify({ alg: 'RS256', kid: `k${i}` })).toString('base64url')
      expect(await verify(api, [strange, ...rest].join('.'))).toBe('ERR_KEY_UNKNOWN')
    }
    expect(await verify(api, token)).toBe('verified')
  })

  test('of two tokens with the same end is never the other one', async () => {
    const cache = new TokenCache({ maxEntries: 10, maxBytes: 65_536 })
    const [one, two] = ['one', 'two'].map((start) => `${start}.payload.${'x'.repeat(86)}`) as [string, string]
    const entry = (token: string) => ({ verified: { token } }) as never
    await cache.verifyOnce(one, () => entry(one))
    expect(cache.get(two)).toBeUndefined()
    const pending = cache.verifyOnce(one, () => Promise.resolve(entry(one)))
    expect(await cache.verifyOnce(two, () => entry(two))).toEqual(entry(two))
    expect(await pending).toEqual(entry(one))
    expect(cache.get(one)).toEqual(entry(one))
    expect(cache.get(two)).toBeUndefined()
  })

  const END = 'x'.repeat(43)
  test.each([
    ['with a short last part', (i: number) => `head.payload.${i}`],
    ['with a last part of 42 characters', (i: number) => `${i}.payload.${END.slice(1)}`],
    ['without dots', (i: number) => `${i}${END}`],
    ['of two parts', (i: number) => `${i}.${END}`],
    ['of five parts', (i: number) => `head.${i}.iv.cipher.${END}`],
    ['with a signature, of which only the end is alike', (i: number) => `h.p.${i}${END.slice(1)}`],
  ])('of tokens %s, whose ends are alike, is each of them', async (_, tokenOf) => {
    const cache = new TokenCache({ maxEntries: 10, maxBytes: 65_536 })
    const tokens = [1, 2, 3].map(tokenOf)
    const entry = (token: string) => ({ verified: { token } }) as never
    for (const token of tokens) await cache.verifyOnce(token, () => entry(token))
    expect(tokens.map((token) => cache.get(token))).toEqual(tokens.map(entry))
  })

  test.each([
    [8192, true],
    [8193, false],
  ])('of a token with %d characters: %p', async (length, isKept) => {
    const cache = new TokenCache({ maxEntries: 10, maxBytes: 65_536 })
    const token = 'x'.repeat(length)
    await cache.verifyOnce(token, () => ({ verified: { token } }) as never)
    expect(cache.get(token) !== undefined).toBe(isKept)
  })

  test.each([
    ['a token', (extra: object) => ({ verified: { token: '', ...extra } })],
    [
      'a summary',
      (extra: object) => ({
        verified: { token: '', summary: () => ({ token: '', restore() {}, ...extra }) },
      }),
    ],
  ])('counts what %s keeps besides its text', async (_, cachedWith) => {
    const kept = async (extra: object): Promise<number> => {
      const cache = new TokenCache({ maxEntries: 1000, maxBytes: 65_536 })
      const tokens = Array.from({ length: 100 }, (_unused, i) => `token-${i}`)
      for (const token of tokens) {
        const cached = cachedWith({ ...extra, token })
        await cache.verifyOnce(token, () => ({ verified: { ...cached.verified, token } }) as never)
      }
      return tokens.filter((token) => cache.get(token) !== undefined).length
    }
    expect(await kept({})).toBeGreaterThan(50)
    expect(await kept({ textLength: 5000 })).toBeLessThan(8)
  })

  test('is bounded in entries and in bytes', () => {
    const remembered = (cache: TokenCache, tokens: readonly string[]): number => {
      for (const token of tokens) {
        void cache.verifyOnce(token, () => ({ verified: { token } }) as never)
      }
      return tokens.filter((token) => cache.get(token) !== undefined).length
    }
    const tokens = Array.from({ length: 1000 }, (_, i) => `${i}`.padStart(900, 'x'))
    expect(remembered(new TokenCache({ maxEntries: 50, maxBytes: 2 ** 30 }), tokens)).toBe(50)
    expect(remembered(new TokenCache({ maxEntries: 5000, maxBytes: 280_000 }), tokens)).toBe(100)
  })
})

function flipSignature([header, payload, signature = '']: readonly string[], at: number): string {
  return [header, payload, flip(signature, at)].join('.')
}

/** Another character of the alphabet in that place; of four, with the same lowest bits. */
function flip(text: string, at: number): string {
  const index = at < 0 ? text.length + at : at
  return text.slice(0, index) + (text[index] === 'Q' ? 'g' : 'Q') + text.slice(index + 1)
}
