/**
 * Parsers of what strangers send, by generated input: no exception but our own, and work that grows
 * only with the input.
 */
import { Session } from 'node:inspector'
import fc from 'fast-check'
import { ASYMMETRIC_ALGORITHMS } from '../../lib/core/jws/algorithms.js'
import { parseCompactJws } from '../../lib/core/jws/compact-jws.js'
import { HeaderReader } from '../../lib/core/jws/jose-header.js'
import { assertB64token, credentialSource, readCredentials } from '../../lib/core/http/credentials.js'
import { discoverKeys } from '../../lib/core/keys/discovery.js'
import { InvalidRequestError, UnauthorizedError } from '../../lib/core/errors/errors.js'
import { UpstreamError } from '../../lib/core/errors/upstream-error.js'
import { retryAfterMs } from '../../lib/core/keys/back-off.js'
import { KeyIndex, parseKeySet } from '../../lib/core/jws/jwk-set.js'
import { DEFAULT_KEY_LIMITS, ttlMs } from '../../lib/core/keys/limits.js'
import { Clocks } from '../../lib/core/base/clock.js'
import { parseStrictJsonObject } from '../../lib/core/base/strict-json.js'
import { closeHierarchy, holdsScope } from '../../lib/core/access/scopes.js'
import { scopesReader } from '../../lib/core/token/claim-source.js'
import { anyCharacter } from '../support/characters.js'
import { encode } from '../support/tokens.js'

const algorithms = new Set<string>(ASYMMETRIC_ALGORITHMS)
const gates = { maxTokenBytes: 1_000_000, headers: new HeaderReader(algorithms) }
const authorizationHeader = credentialSource({ kind: 'header', name: 'authorization' })
const formBody = credentialSource({ kind: 'body' })
const queryParameter = credentialSource({ kind: 'query' })
const customHeader = credentialSource({ kind: 'header', name: 'x-token' })

/** The credentials, once their grammar was checked. */
const accepted: typeof readCredentials = (request, sources) => {
  const credentials = readCredentials(request, sources)
  if (credentials !== undefined) assertB64token(credentials.token)
  return credentials
}
const RUNS = { numRuns: Number(process.env['FUZZ_RUNS'] ?? 400) }

const noise = fc.string({ unit: anyCharacter, maxLength: 5 })

/** Text near to what is expected, broken in small ways, and text that is not. */
const nearly = (...pieces: string[]): fc.Arbitrary<string> =>
  fc.array(fc.oneof(fc.constantFrom(...pieces), noise), { maxLength: 12 }).map((parts) => parts.join(''))
const json = fc.oneof(
  fc.json(),
  fc.jsonValue().map((value) => JSON.stringify(value)),
  nearly('{', '}', '[', ']', '"', ':', ',', '\\', '"alg"', '"ES256"', '\\u0061', 'null', '1e999', '\ufeff'),
)
const anything = fc.anything({
  withNullPrototype: true,
  withObjectString: true,
  withBigInt: true,
  withDate: true,
})

/** The result, or an error of ours; anything else fails the test. */
function only<T>(kinds: readonly (new (...args: never[]) => Error)[], run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    if (!kinds.some((kind) => error instanceof kind)) throw error
    expect(error).not.toHaveProperty('message', '')
    return undefined
  }
}

const session = new Session()
const post = (method: string, params: object = {}): Promise<any> =>
  new Promise((resolve, reject) =>
    session.post(method, params, (error, result) => (error ? reject(error) : resolve(result))),
  )

/**
 * How many blocks of the package's code run, as the engine counts them, and what native calls on
 * text scan. Each count begins where the last one ended.
 */
async function stepsOf(run: () => unknown): Promise<number> {
  let scanned = 0
  const { indexOf, slice } = String.prototype
  String.prototype.indexOf = function (text, from = 0) {
    const found = indexOf.call(this, text, from)
    scanned += (found === -1 ? this.length : found) - from
    return found
  }
  String.prototype.slice = function (from, to) {
    const part = slice.call(this, from, to)
    scanned += part.length
    return part
  }
  try {
    run()
  } catch (error) {
    if (!(error instanceof UnauthorizedError || error instanceof InvalidRequestError)) throw error
  } finally {
    Object.assign(String.prototype, { indexOf, slice })
  }
  const { result } = await post('Profiler.takePreciseCoverage')
  const scripts = (result as { url: string; functions: { ranges: { count: number }[] }[] }[]).filter(
    ({ url }) => url.includes('/lib/core/'),
  )
  const blocks = scripts.flatMap(({ functions }) =>
    functions.flatMap(({ ranges }) => ranges.map(({ count }) => count)),
  )
  return scanned + blocks.reduce((sum, count) => sum + count, 0)
}

const sign = (payload: string): string => `${encode({ alg: 'ES256' })}.${encode(payload)}.AAAA`
const parse = (payload: string) => () => parseCompactJws(sign(payload), gates)
const authorize = (authorization: string) => () =>
  accepted({ headers: { authorization }, rawHeaders: ['Authorization', authorization] }, [
    authorizationHeader,
  ])

const inputs: [string, (n: number) => () => unknown][] = [
  ['spaces behind the scheme', (n) => authorize(`Bearer ${' '.repeat(n)}!`)],
  ['words behind the scheme', (n) => authorize(`Bearer ${'a '.repeat(n)}`)],
  [
    'many headers',
    (n) => () =>
      accepted(
        {
          headers: { authorization: 'Bearer a' },
          rawHeaders: Array.from({ length: 2 * n }, () => 'authorisation'),
        },
        [authorizationHeader],
      ),
  ],
  [
    'query parameters',
    (n) => () => queryParameter({ url: `/?${'a=b&'.repeat(n)}`, headers: {}, rawHeaders: [] }),
  ],
  ['dots', (n) => () => parseCompactJws('.'.repeat(n), gates)],
  ['characters without a dot', (n) => () => parseCompactJws('a'.repeat(n), gates)],
  ['members', (n) => parse(`{${Array.from({ length: n }, (_, i) => `"${i}x":1`).join()}}`)],
  ['members of one name', (n) => parse(`{${'"a":1,'.repeat(n)}"b":1}`)],
  ['elements', (n) => parse(`{"a":[${'1,'.repeat(n)}1]}`)],
  ['quotes in a string', (n) => parse(`{"a":"${'\\"'.repeat(n)}"}`)],
  ['backslashes in a string', (n) => parse(`{"a":"${'\\\\'.repeat(n)}"}`)],
  ['backslashes without an end', (n) => parse(`{"a":"${'\\'.repeat(n)}`)],
  ['backslashes before quotes', (n) => parse(`{"a":"${'\\\\\\"'.repeat(n)}"}`)],
  ['quotes without an end', (n) => parse('"'.repeat(n))],
  ['open brackets', (n) => parse(`{"a":${'['.repeat(n)}`)],
  ['brackets side by side', (n) => parse(`{"a":[${'[],'.repeat(n)}[]]}`)],
  ['colons', (n) => parse(':'.repeat(n))],
  ['scope values', (n) => () => scopesReader(['scope'])({ scope: 'a '.repeat(n) })],
  [
    'a chain of scopes',
    (n) => () => holdsScope(['0'], 'x', closeHierarchy({ 0: Array.from({ length: n }, (_, i) => `${i}`) })),
  ],
  [
    'directives',
    (n) => () => ttlMs(DEFAULT_KEY_LIMITS, { cacheControl: 'max-age=,'.repeat(n), age: '1'.repeat(n) }),
  ],
  ['digits of Retry-After', (n) => () => retryAfterMs('1'.repeat(n), 0)],
  [
    'members of a key set',
    (n) => () =>
      parseKeySet({ keys: Array.from({ length: n }, (_, i) => ({ kty: 'RSA', kid: `${i}` })) }, Infinity),
  ],
  [
    'keys of one kid',
    (n) => () =>
      parseKeySet(
        { keys: Array.from({ length: n }, () => ({ kty: 'EC', crv: 'P-256', kid: 'a', x: 'AA', y: 'AA' })) },
        Infinity,
      ),
  ],
]

// Before other tests: the engine counts blocks only of functions that have not run yet.
describe('counted in steps', () => {
  beforeAll(async () => {
    session.connect()
    await post('Profiler.enable')
    await post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  })
  afterAll(async () => {
    await post('Profiler.stopPreciseCoverage')
    session.disconnect()
  })

  test.each(inputs)(
    'work grows with the number of %s, not with its square [DOS-003 DOS-004 STR-032]',
    async (_, make) => {
      const [small, large] = [await stepsOf(make(500)), await stepsOf(make(4000))]
      expect(large).toBeLessThanOrEqual(16 * small + 4000)
    },
  )

  test('the count of steps would notice a loop within a loop', async () => {
    const nested = (n: number) => () => {
      for (let i = 0; i < n; i++) 'x'.repeat(n).indexOf('y')
    }
    expect(await stepsOf(nested(400))).toBeGreaterThan(3.5 * (await stepsOf(nested(200))))
  })
})

test('Authorization, as received', () => {
  const value = nearly('Bearer', 'bearer', ' ', '\t', ',', 'a.b.c', '=', '"', 'Basic', 'x=y')
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 3 }), (values) => {
      const rawHeaders = values.flatMap((each) => ['Authorization', each])
      const request = { headers: { authorization: values[0] }, rawHeaders }
      const found = only([InvalidRequestError], () => accepted(request, [authorizationHeader]))
      if (found === undefined) return
      expect([values.length, values[0]?.toLowerCase().startsWith('bearer ')]).toEqual([1, true])
      expect(values[0]?.endsWith(found.token)).toBe(true)
      expect(found.token).toMatch(/^[A-Za-z0-9\-._~+/]+=*$/)
    }),
    RUNS,
  )
})

test('tokens in other places', () => {
  const request = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'get', ''),
    url: nearly('/', '?', '&', 'access_token', '=', '%', '%41', '#', '[]', '+'),
    body: fc.oneof(anything, fc.record({ access_token: anything })),
    headers: fc.record({
      'content-type': fc.oneof(fc.constant('application/x-www-form-urlencoded; charset=x'), fc.string()),
      'x-token': fc.oneof(fc.string(), fc.array(fc.string())),
    }),
    rawHeaders: fc.array(fc.string()),
  })
  fc.assert(
    fc.property(request, (each) => {
      const sources = [authorizationHeader, formBody, queryParameter, customHeader]
      const found = only([InvalidRequestError], () => accepted(each as never, sources))
      if (found) expect(found.token).toMatch(/^[A-Za-z0-9\-._~+/]+=*$/)
    }),
    RUNS,
  )
})

test('compact JWS', () => {
  const part = fc.oneof(
    json.map(encode),
    fc.uint8Array({ maxLength: 40 }).map(encode),
    nearly('AA', '=', '.', '-', '_', '+'),
  )
  const good = fc.constant(encode({ alg: 'ES256' }))
  fc.assert(
    fc.property(fc.array(fc.oneof(good, part), { maxLength: 5 }), (parts) => {
      const jws = only([UnauthorizedError], () => parseCompactJws(parts.join('.'), gates))
      if (jws === undefined) return
      const text = parts.join('.').split('.')
      expect([text.length, encode(jws.payload), encode(jws.signature)]).toEqual([3, text[1], text[2]])
      expect(algorithms.has(jws.header.alg)).toBe(true)
    }),
    RUNS,
  )
})

test('strict JSON accepts what JSON.parse accepts, but for repeated names, depth and other things than objects', () => {
  fc.assert(
    fc.property(json, (text) => {
      const strict = parseStrictJsonObject(Buffer.from(text))
      if (strict !== undefined) expect(strict).toEqual(JSON.parse(text))
    }),
    RUNS,
  )
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })), (value) => {
      expect(parseStrictJsonObject(Buffer.from(JSON.stringify(value)))).toEqual(
        JSON.parse(JSON.stringify(value)),
      )
    }),
    RUNS,
  )
})

test('key sets', () => {
  const member = fc.oneof(
    anything,
    fc.record(
      {
        kty: fc.oneof(fc.constantFrom('RSA', 'EC', 'OKP', 'AKP', 'oct', '__proto__'), anything),
        kid: anything,
        use: fc.oneof(fc.constant('sig'), anything),
        alg: fc.oneof(fc.constantFrom('RS256', 'ES256', 'EdDSA', 'constructor'), anything),
        crv: fc.oneof(fc.constantFrom('P-256', 'Ed25519', 'toString'), anything),
        n: fc.oneof(fc.string(), anything),
        e: fc.oneof(fc.constant('AQAB'), anything),
        x: fc.oneof(fc.uint8Array({ minLength: 30, maxLength: 33 }).map(encode), anything),
        y: fc.oneof(fc.uint8Array({ minLength: 30, maxLength: 33 }).map(encode), anything),
        key_ops: anything,
      },
      { requiredKeys: ['kty'] },
    ),
  )
  fc.assert(
    fc.property(
      fc.oneof(anything, fc.record({ keys: fc.oneof(anything, fc.array(member, { maxLength: 6 })) })),
      (document) => {
        const parsed = only([], () => parseKeySet(document, 5))
        if (!(parsed instanceof KeyIndex))
          expect(['not_a_key_set', 'too_many_keys', 'no_usable_key']).toContain(parsed)
      },
    ),
    RUNS,
  )
})

test('metadata', async () => {
  const issuer = 'https://as.example'
  const config = {
    issuer,
    metadataUrl: new URL(`${issuer}/m`),
    urlPolicy: { allowInsecureHttp: false },
    limits: DEFAULT_KEY_LIMITS,
    clocks: new Clocks(),
  }
  const locate = discoverKeys(config)
  const document = fc.oneof(
    anything,
    fc.record({
      issuer: fc.oneof(fc.constant(issuer), anything),
      jwks_uri: fc.oneof(
        fc.webUrl(),
        nearly('https', ':', '//', '@', '[', ']', '%00', 'as.example', '\\'),
        anything,
      ),
    }),
  )
  await fc.assert(
    fc.asyncProperty(document, async (value) => {
      const answer = {
        document: { json: value },
        validators: { etag: undefined, lastModified: undefined },
        cacheControl: undefined,
        age: undefined,
      }
      const found = await locate(() => Promise.resolve(answer), { known: undefined, isForced: false }).catch(
        (error: unknown) => error,
      )
      if (found instanceof UpstreamError) return
      expect(found).toHaveProperty('url.protocol', 'https:')
      expect(found).toHaveProperty('url.username', '')
    }),
    RUNS,
  )
})

test('Cache-Control, Age and Retry-After', () => {
  const value = fc.option(
    nearly(
      'max-age',
      '=',
      '"',
      '60',
      ',',
      ' ',
      'no-store',
      'no-cache',
      '999999999999999999',
      '-',
      '1e9',
      ';',
    ),
    { nil: undefined },
  )
  fc.assert(
    fc.property(value, value, value, (cacheControl, age, retryAfter) => {
      const ms = ttlMs(DEFAULT_KEY_LIMITS, { cacheControl, age })
      expect(ms).toBeGreaterThanOrEqual(300_000)
      expect(ms).toBeLessThanOrEqual(3_600_000)
      const pause = retryAfterMs(retryAfter, Date.UTC(2030, 0, 1))
      if (pause !== undefined) expect(pause).toBeGreaterThanOrEqual(0)
    }),
    RUNS,
  )
})
