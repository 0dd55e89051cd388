import { metadataUrls } from '../../../lib/core/keys/metadata.js'
import { faults } from '../../support/key-server.js'
import type { Answer } from '../../support/key-server.js'
import { HANGS_LATER, Harness, outcome } from '../../support/key-harness.js'

const harness = new Harness()
afterEach(() => harness.close())

const UP = { status: 200 }

/** The status of an answer with its Retry-After, or a document of another issuer. */
type Trouble = readonly [status: number, retryAfter?: string] | 'foreign'

async function discovered(keys = {}) {
  const server = await harness.keyServer()
  return { server, api: harness.api(server, keys, { issuer: server.issuer }) }
}

const OIDC = '/.well-known/openid-configuration'
const OAUTH = '/.well-known/oauth-authorization-server'

describe('an issuer with a path', () => {
  test.each([
    ['after its path', `/tenant1${OIDC}`],
    ['inserted before its path, of OAuth', `${OAUTH}/tenant1`],
    ['inserted before its path, of OpenID Connect', `${OIDC}/tenant1`],
  ])('is found at the place %s, and asked there first from then on', async (_title, place) => {
    const server = await harness.keyServer()
    const issuer = `${server.issuer}/tenant1`
    server.metadata = (res, req) => {
      if (req.url === place) server.json(res, { ...server.metadataDocument, issuer })
      else faults.status(404)(res, req)
    }
    const api = harness.api(server, {}, { issuer })
    const token = server.token(undefined, { claims: { iss: issuer } })
    expect(await outcome(api.verify(token))).toEqual(UP)
    const asked = server.hits.metadata
    await api.refresh()
    expect(server.hits.metadata).toBe(asked + 1)
    expect(server.log.map(({ path }) => path).filter((path) => path === place)).toHaveLength(2)
  })
})

describe('the places of metadata', () => {
  test.each([
    ['https://a.test', `https://a.test${OIDC}`, `https://a.test${OAUTH}`],
    ['https://a.test/', `https://a.test${OIDC}`, `https://a.test${OAUTH}`],
    ['https://a.test/t', `https://a.test/t${OIDC}`, `https://a.test${OAUTH}/t`, `https://a.test${OIDC}/t`],
    ['https://a.test/t/', `https://a.test/t${OIDC}`, `https://a.test${OAUTH}/t`, `https://a.test${OIDC}/t`],
    [
      'https://a.test:8443/t/v2.0',
      `https://a.test:8443/t/v2.0${OIDC}`,
      `https://a.test:8443${OAUTH}/t/v2.0`,
      `https://a.test:8443${OIDC}/t/v2.0`,
    ],
    [
      'https://a.test//evil.test',
      `https://a.test//evil.test${OIDC}`,
      `https://a.test${OAUTH}//evil.test`,
      `https://a.test${OIDC}//evil.test`,
    ],
    [
      'https://a.test/%2e%2e/t',
      `https://a.test/t${OIDC}`,
      `https://a.test${OAUTH}/t`,
      `https://a.test${OIDC}/t`,
    ],
  ])('of %s are %s, then %s', (issuer, ...places) => {
    expect(metadataUrls(new URL(issuer)).map(({ href }) => href)).toEqual(places)
  })
})

describe('metadata', () => {
  test.each([
    [OIDC, 1],
    [OAUTH, 2],
  ])('is found at %s', async (place, hits) => {
    const { server, api } = await discovered()
    server.metadata = (res, req) =>
      req.url === place ? server.json(res, server.metadataDocument) : faults.status(404)(res, req)
    expect(await outcome(api.verify(server.token()))).toEqual(UP)
    expect(server.hits).toEqual({ metadata: hits, keys: 1 })
  })

  test('is found behind a single-page application that answers everything', async () => {
    const { server, api } = await discovered()
    server.metadata = (res, req) =>
      req.url === OAUTH ? server.json(res, server.metadataDocument) : faults.html(res, req)
    expect(await outcome(api.verify(server.token()))).toEqual(UP)
  })

  test('that was found in the second place is asked for there first, and elsewhere when it moved', async () => {
    const { server, api } = await discovered()
    const at =
      (place: string): Answer =>
      (res, req) =>
        req.url === place ? server.json(res, server.metadataDocument) : faults.status(404)(res, req)
    server.metadata = at(OAUTH)
    await api.ready()
    harness.clock.advance(10)
    await api.refresh()
    server.metadata = at(OIDC)
    harness.clock.advance(10)
    await api.refresh()
    const asked = server.log.map(({ path }) => path).filter((path) => path !== '/jwks')
    expect(asked).toEqual([OIDC, OAUTH, OAUTH, OAUTH, OIDC])
  })

  test('is where metadataUrl says, and nowhere else', async () => {
    const server = await harness.keyServer()
    const metadataUrl = `${server.issuer}/.well-known/custom`
    const api = harness.api(server, {}, { issuer: { issuer: 'urn:issuer', metadataUrl } })
    server.metadata = faults.json({ issuer: 'urn:issuer', jwks_uri: server.jwksUri })
    const token = server.token(undefined, { claims: { iss: 'urn:issuer' } })
    expect(await outcome(api.verify(token))).toEqual(UP)
    expect(server.log.map(({ path }) => path)).toEqual(['/.well-known/custom', '/jwks'])
  })

  test('is read again at each refresh, so that a key set may move', async () => {
    const { server, api } = await discovered()
    const another = await harness.keyServer()
    await api.ready()
    server.metadata = faults.json({ issuer: server.issuer, jwks_uri: another.jwksUri })
    await api.refresh()
    expect(await outcome(api.verify(server.token(another.keys[0])))).toEqual(UP)
    expect([server.hits.keys, another.hits.keys]).toEqual([1, 1])
  })

  test('is asked for with its validators, which are not sent to another place', async () => {
    const { server, api } = await discovered()
    server.metadata = (res, req) => {
      if (req.headers['if-none-match'] === undefined)
        server.json(res, server.metadataDocument, { etag: '"m"' })
      else res.writeHead(304).end()
    }
    await api.ready()
    harness.clock.advance(10)
    await api.refresh()
    expect(server.log.map(({ path, headers }) => [path, headers['if-none-match']])).toEqual([
      [OIDC, undefined],
      ['/jwks', undefined],
      [OIDC, '"m"'],
      ['/jwks', undefined],
    ])
  })

  test('that fails is never kept: the next attempt asks again', async () => {
    const { server, api } = await discovered()
    server.metadata = faults.status(404)
    expect(await outcome(api.verify(server.token()))).toMatchObject({ status: 503 })
    server.recover()
    harness.clock.advance(5)
    expect(await outcome(api.verify(server.token()))).toEqual(UP)
  })

  test.each<[string, readonly Trouble[], string, number]>([
    ['404, 429, 404', [[404], [429, '20'], [404]], 'status', 20],
    ['403, 404, 429', [[403], [404], [429, '20']], 'status', 20],
    [
      '429 and 503, of which the longer counts',
      [
        [429, '7'],
        [503, '20'],
        [429, '9'],
      ],
      'status',
      20,
    ],
    ['404 everywhere', [[404], [404, '20'], [404]], 'metadata_not_found', 20],
    ['a document of another issuer, 429, 404', ['foreign', [429, '20'], [404]], 'issuer_mismatch', 20],
    ['429 with a Retry-After that nobody can read', [[429, 'soon'], [404], [429, '20']], 'status', 20],
    ['429 with a Retry-After beyond all reason', [[404], [429, '3600'], [404]], 'status', 30],
  ])('that is nowhere is waited for as any place asks: %s', async (_title, troubles, problem, seconds) => {
    const server = await harness.keyServer()
    const issuer = `${server.issuer}/tenant1`
    const places = [`/tenant1${OIDC}`, `${OAUTH}/tenant1`, `${OIDC}/tenant1`]
    server.metadata = (res, req) => {
      const trouble = troubles[places.indexOf(req.url ?? '')] ?? [500]
      if (trouble === 'foreign') return server.json(res, server.metadataDocument)
      const [status, retryAfter] = trouble
      faults.status(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter })(res, req)
    }
    const api = harness.api(server, {}, { issuer })
    const token = server.token(undefined, { claims: { iss: issuer } })
    const refused = { status: 503, code: 'ERR_KEYS_UNAVAILABLE', retryAfter: seconds }
    expect(await outcome(api.verify(token))).toEqual(refused)
    expect(api.health().issuers[0]).toMatchObject({ lastFailure: problem })
    harness.clock.advance(seconds - 1)
    expect(await outcome(api.verify(token))).toEqual({ ...refused, retryAfter: 1 })
    expect(server.hits.metadata).toBe(3)
    harness.clock.advance(1)
    await outcome(api.verify(token))
    expect(server.hits.metadata).toBe(6)
  })

  test('that has had too many requests at one place is found at another', async () => {
    const { server, api } = await discovered()
    server.metadata = (res, req) =>
      req.url === OAUTH
        ? server.json(res, server.metadataDocument)
        : faults.status(429, { 'retry-after': '20' })(res, req)
    expect(await outcome(api.verify(server.token()))).toEqual(UP)
  })

  test.each([
    [429, '300', 300],
    [503, '300', 300],
    [429, '3600', 300],
    [404, '120', 120],
  ])(
    'that answers %s with Retry-After %s is left alone for %s s, while keys are still fetched',
    async (status, retryAfter, pauseSeconds) => {
      const { server, api } = await discovered({ cooldownSeconds: 1 })
      await api.ready()
      const hitsAfter = async (seconds: number): Promise<number> => {
        harness.clock.advance(seconds)
        const asked = server.hits.metadata
        expect(await outcome(api.verify(server.token(server.rotate())))).toEqual(UP)
        return server.hits.metadata - asked
      }
      server.metadata = faults.status(status, { 'retry-after': retryAfter })
      expect(await hitsAfter(31)).toBeGreaterThan(0)
      expect([await hitsAfter(31), await hitsAfter(pauseSeconds - 32)]).toEqual([0, 0])
      expect(await hitsAfter(1)).toBeGreaterThan(0)
      expect(server.hits.keys).toBe(5)
    },
  )

  test('that is paused is asked at once by refresh(), after purge(), and no longer once it is back', async () => {
    const { server, api } = await discovered()
    await api.ready()
    const limited = faults.status(429, { 'retry-after': '300' })
    const hitsOf = async (act: () => Promise<unknown>): Promise<number> => {
      harness.clock.advance(31)
      const asked = server.hits.metadata
      await act()
      return server.hits.metadata - asked
    }
    const unknownKid = () => outcome(api.verify(server.token(server.rotate())))
    server.metadata = limited
    expect([await hitsOf(unknownKid), await hitsOf(unknownKid)]).toEqual([1, 0])
    expect(await hitsOf(() => api.refresh())).toBe(1)
    server.recover()
    expect(await hitsOf(() => api.refresh())).toBe(1)
    expect(await hitsOf(unknownKid)).toBe(1)
    server.metadata = limited
    expect([await hitsOf(unknownKid), await hitsOf(unknownKid)]).toEqual([1, 0])
    server.recover()
    api.purge()
    expect(await hitsOf(unknownKid)).toBe(1)
  })

  test.each<[string, Answer, number]>([
    ['429', faults.status(429, { 'retry-after': '1' }), 1],
    ['503', faults.status(503, { 'retry-after': '1' }), 1],
    ['a reset, twice', faults.reset, 2],
    ['404', faults.status(404), 3],
    ['a page', faults.html, 3],
  ])(
    'of an issuer with a path that answers %s at its known place is sought elsewhere only if it may have moved',
    async (_title, answer, hits) => {
      const server = await harness.keyServer()
      const issuer = `${server.issuer}/tenant1`
      server.metadata = faults.json({ issuer, jwks_uri: server.jwksUri })
      const api = harness.api(server, {}, { issuer })
      await api.ready()
      server.metadata = answer
      await api.refresh()
      expect(server.hits).toEqual({ metadata: 1 + hits, keys: 2 })
    },
  )

  test('that hangs leaves time for the keys, where the last good one is known', async () => {
    const { server, api } = await discovered(HANGS_LATER)
    await api.ready()
    server.metadata = faults.hang
    server.rotate()
    expect(await outcome(api.verify(server.token()))).toEqual(UP)
    expect(server.hits).toEqual({ metadata: 2, keys: 2 })
  })

  test('that fails is bridged no longer than keys would be', async () => {
    const { server, api } = await discovered({ ttlSeconds: 10, staleSeconds: 20 })
    await api.ready()
    server.metadata = faults.status(404)
    harness.clock.advance(9)
    await api.refresh()
    harness.clock.advance(9)
    await api.refresh()
    harness.clock.advance(13)
    await expect(api.refresh()).rejects.toMatchObject({ code: 'ERR_KEYS_UNAVAILABLE' })
    server.recover()
    harness.clock.advance(10)
    await api.refresh()
    expect(api.health().issuers[0]).toMatchObject({ state: 'FRESH' })
  })

  test.each([
    ['another issuer', { issuer: 'https://evil.test' }],
    ['an issuer with a slash more', (issuer: string) => ({ issuer: `${issuer}/` })],
    ['no issuer', { issuer: undefined }],
    ['an issuer in an array', (issuer: string) => ({ issuer: [issuer] })],
    ['no jwks_uri', { jwks_uri: undefined }],
    ['a jwks_uri that is no string', { jwks_uri: 7 }],
    ['a jwks_uri without a scheme', { jwks_uri: '/jwks' }],
    ['a jwks_uri over plain http', { jwks_uri: 'http://keys.test/jwks' }],
    ['a jwks_uri at a link-local address', { jwks_uri: 'http://169.254.169.254/' }],
    ['a jwks_uri with user information', { jwks_uri: 'https://user:secret@keys.test/jwks' }],
    ['a jwks_uri in a file', { jwks_uri: 'file:///etc/passwd' }],
  ])('with %s is refused', async (_title, change) => {
    const { server, api } = await discovered()
    const { issuer } = server
    server.metadata = faults.json({
      ...server.metadataDocument,
      ...(typeof change === 'function' ? change(issuer) : change),
    })
    expect(await outcome(api.verify(server.token()))).toMatchObject({ status: 503 })
    expect(server.hits).toEqual({ metadata: 2, keys: 0 })
  })
})
