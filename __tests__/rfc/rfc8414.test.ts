/**
 * RFC 8414, Authorization Server Metadata: every MUST and SHOULD that concerns a resource server,
 * which reads `issuer` and `jwks_uri` only. §6.1: see rfc8414-tls.test.ts.
 */
import { ConfigurationError, resourceServer } from 'express-resource-server'
import { Harness, outcome } from '../support/key-harness.js'
import { AUDIENCE, faults, signingKey } from '../support/key-server.js'
import type { KeyServer } from '../support/key-server.js'

const harness = new Harness()
afterEach(() => harness.close())

const ACCEPTED = { status: 200 }
const UNAVAILABLE = { status: 503, code: 'ERR_KEYS_UNAVAILABLE' }
const OAUTH = '/.well-known/oauth-authorization-server'

type Change = (metadata: Record<string, unknown>, server: KeyServer) => unknown

/** The outcome of a token, given this metadata of the issuer. */
async function withMetadata(change: Change, path = ''): Promise<unknown> {
  const server = await harness.keyServer()
  const issuer = `${server.issuer}${path}`
  server.metadata = (res, req) => {
    if (!req.url?.startsWith(OAUTH)) return faults.status(404)(res, req)
    faults.json(change({ ...server.metadataDocument, issuer }, server))(res, req)
  }
  const api = harness.api(server, {}, { issuer })
  const { status, code } = await outcome(api.verify(server.token(undefined, { claims: { iss: issuer } })))
  return code === undefined ? { status } : { status, code }
}

const configured = (issuer: string) => () => resourceServer({ issuer, audience: AUDIENCE }).close()

describe('RFC 8414 §2: the metadata', () => {
  test.each<[string, Change, object]>([
    [
      '§2 response_types_supported and endpoints, which clients need: not done: issuer and jwks_uri are enough',
      (metadata) => metadata,
      ACCEPTED,
    ],
    [
      '§2 parameters that are not understood are ignored',
      (metadata) => ({ ...metadata, foo: { bar: [1] } }),
      ACCEPTED,
    ],
    ['§2 issuer that is absent is refused', ({ issuer: _, ...metadata }) => metadata, UNAVAILABLE],
    [
      '§2 jwks_uri that is absent: stricter: refused, because without it no token can be verified',
      ({ jwks_uri: _, ...metadata }) => metadata,
      UNAVAILABLE,
    ],
    [
      '§2 jwks_uri without the https scheme is refused, but on loopback',
      (metadata) => ({ ...metadata, jwks_uri: 'http://keys.test/jwks' }),
      UNAVAILABLE,
    ],
    [
      '§2 jwks_uri: keys whose use is not sig are not used for signatures',
      (metadata, server) => {
        server.answer = faults.json({ keys: [{ ...server.keys[0]?.jwk, use: 'enc' }] })
        return metadata
      },
      UNAVAILABLE,
    ],
    [
      '§2 jwks_uri: other keys with use show what a key is for: not done: one without use still verifies',
      (metadata, server) => {
        const [{ use: _, ...bare }, encryption] = [server.keys[0]!.jwk, signingKey('k2').jwk]
        server.answer = faults.json({ keys: [bare, { ...encryption, use: 'enc' }] })
        return metadata
      },
      ACCEPTED,
    ],
    [
      '§2 none among the algorithms of an endpoint, where it must not be, harms nobody: they are not read',
      (metadata) => ({
        ...metadata,
        token_endpoint_auth_signing_alg_values_supported: ['none'],
        revocation_endpoint_auth_signing_alg_values_supported: ['none'],
        introspection_endpoint_auth_signing_alg_values_supported: ['none'],
      }),
      ACCEPTED,
    ],
    [
      '§2.1 signed_metadata, which would take precedence: not done: it is ignored, as a consumer may',
      (metadata, server) => ({
        ...metadata,
        signed_metadata: server.token(undefined, { claims: { ...metadata, jwks_uri: 'https://other.test' } }),
      }),
      ACCEPTED,
    ],
    [
      '§2.1 signed_metadata is signed and has iss: not done: one that is no JWT is ignored too',
      (metadata) => ({ ...metadata, signed_metadata: 'not.a.jwt' }),
      ACCEPTED,
    ],
  ])('%s', async (_title, change, expected) => {
    expect(await withMetadata(change)).toEqual(expected)
  })

  test('§2 what the metadata says of algorithms opens nothing: a token with alg none is refused', async () => {
    const server = await harness.keyServer()
    server.metadata = faults.json({
      ...server.metadataDocument,
      id_token_signing_alg_values_supported: ['none'],
      token_endpoint_auth_signing_alg_values_supported: ['none'],
    })
    const api = harness.api(server, {}, { issuer: server.issuer })
    await api.ready()
    const { status, code } = await outcome(api.verify(server.token(undefined, { header: { alg: 'none' } })))
    expect({ status, code }).toEqual({ status: 401, code: 'ERR_ALGORITHM_NOT_ALLOWED' })
  })

  test('§2 jwks_uri without the https scheme is refused even on loopback, where the metadata came over https', async () => {
    const server = await harness.keyServer()
    const issuer = 'https://issuer.test'
    const fetched: string[] = []
    const fetch = async (url: string): Promise<Response> => {
      fetched.push(new URL(url).protocol)
      return Response.json({ issuer, jwks_uri: server.jwksUri })
    }
    const api = harness.api(server, {}, { issuer, fetch })
    const token = server.token(undefined, { claims: { iss: issuer } })
    expect(await outcome(api.verify(token))).toMatchObject(UNAVAILABLE)
    expect(new Set(fetched)).toEqual(new Set(['https:']))
    expect(server.hits.keys).toBe(0)
  })

  test('§2 introspection_endpoint and how it authenticates: without introspection an opaque token is refused, and nobody asked', async () => {
    const server = await harness.keyServer()
    const introspection_endpoint = `${server.issuer}/introspect`
    server.metadata = faults.json({ ...server.metadataDocument, introspection_endpoint })
    const api = harness.api(server, {}, { issuer: server.issuer })
    await api.ready()
    expect(await outcome(api.verify('opaque'))).toEqual({ status: 401, code: 'ERR_TOKEN_MALFORMED' })
    expect(server.log.map(({ path }) => path)).not.toContain('/introspect')
  })

  test.each([
    ['§2 issuer with a query is refused at start-up', 'https://issuer.test?tenant=1'],
    ['§2 issuer with a fragment is refused at start-up', 'https://issuer.test#tenant'],
    [
      '§2 and §3 issuer without the https scheme is refused at start-up, but on loopback',
      'http://issuer.test',
    ],
    ['§2 issuer that is no URL is refused at start-up, where its keys are to be discovered', 'urn:issuer'],
    ['§2 issuer with user information: stricter: refused at start-up', 'https://user:secret@issuer.test'],
  ])('%s', (_title, issuer) => {
    expect(configured(issuer)).toThrow(ConfigurationError)
  })

  test('§2 issuer that is no https URL: not done where the options say where the keys or the metadata are', () => {
    const place = 'https://keys.test/x'
    for (const source of [{ jwksUri: place }, { metadataUrl: place }]) {
      const start = () =>
        resourceServer({ issuer: { issuer: 'urn:issuer', ...source }, audience: AUDIENCE }).close()
      expect(start).not.toThrow()
    }
  })
})

/** The paths that are requested, in order, when all of them answer 404. */
async function askedFor(path: string): Promise<readonly string[]> {
  const server = await harness.keyServer()
  server.metadata = faults.status(404)
  const api = harness.api(server, {}, { issuer: `${server.issuer}${path}` })
  await expect(api.ready()).rejects.toMatchObject({ code: 'ERR_KEYS_UNAVAILABLE' })
  return server.log.map((hit) => hit.path)
}

describe('RFC 8414 §3: obtaining the metadata', () => {
  test.each([
    ['§3 the well-known string stands between host and path', '', OAUTH],
    ['§3 the path of the issuer follows it', '/tenant/1', `${OAUTH}/tenant/1`],
    ['§3.1 a terminating slash is removed before that', '/tenant/1/', `${OAUTH}/tenant/1`],
    ['§3.1 so is that of an issuer without a path', '/', OAUTH],
  ])('%s', async (_title, path, asked) => {
    const server = await harness.keyServer()
    const issuer = `${server.issuer}${path}`
    server.metadata = (res, req) => {
      if (req.url === asked) server.json(res, { issuer, jwks_uri: server.jwksUri })
      else faults.status(404)(res, req)
    }
    const api = harness.api(server, {}, { issuer })
    expect(await outcome(api.verify(server.token(undefined, { claims: { iss: issuer } })))).toEqual(ACCEPTED)
  })

  test('§3 the suffixes that are used are two registered ones', async () => {
    const suffixes = (await askedFor('')).map((path) => path.replace('/.well-known/', ''))
    expect(suffixes.sort()).toEqual(['oauth-authorization-server', 'openid-configuration'])
  })

  test('§3.1 the document is asked for by GET', async () => {
    const server = await harness.keyServer()
    const methods: (string | undefined)[] = []
    server.metadata = (res, req) => {
      methods.push(req.method)
      server.json(res, server.metadataDocument)
    }
    await harness.api(server, {}, { issuer: server.issuer }).ready()
    expect(methods).toEqual(['GET'])
  })

  test.each([
    ['§3.2 a status other than 200 is no metadata', 201],
    ['§3.2 an error status is no metadata', 400],
  ])('%s', async (_title, status) => {
    const server = await harness.keyServer()
    server.metadata = (res) => void res.writeHead(status).end(JSON.stringify(server.metadataDocument))
    const api = harness.api(server, {}, { issuer: server.issuer })
    expect(await outcome(api.verify(server.token()))).toMatchObject(UNAVAILABLE)
    expect(server.hits.keys).toBe(0)
  })

  test.each<[string, Change, object]>([
    ['§3.2 what is no JSON object is no metadata', (metadata) => [metadata], UNAVAILABLE],
    [
      '§3.2 claims with zero elements are left out by servers: not done: one that is there changes nothing',
      (metadata) => ({ ...metadata, scopes_supported: [], grant_types_supported: [] }),
      ACCEPTED,
    ],
    [
      '§3.3 an issuer that is not identical is not used',
      (metadata) => ({ ...metadata, issuer: 'https://evil.test' }),
      UNAVAILABLE,
    ],
    [
      '§3.3 nor is one with a slash more',
      (metadata) => ({ ...metadata, issuer: `${String(metadata['issuer'])}/` }),
      UNAVAILABLE,
    ],
    [
      '§3.3 nor is one in other case',
      (metadata) => ({ ...metadata, issuer: String(metadata['issuer']).replace('http', 'HTTP') }),
      UNAVAILABLE,
    ],
  ])('%s', async (_title, change, expected) => {
    expect(await withMetadata(change)).toEqual(expected)
  })

  test('§3.2 a content type other than application/json: not done: servers that send text/plain are read all the same', async () => {
    const server = await harness.keyServer()
    server.metadata = (res) =>
      void res.writeHead(200, { 'content-type': 'text/plain' }).end(JSON.stringify(server.metadataDocument))
    const api = harness.api(server, {}, { issuer: server.issuer })
    expect(await outcome(api.verify(server.token()))).toEqual(ACCEPTED)
  })
})

describe('RFC 8414 §3.3: validation', () => {
  test('§3.3 what an issuer that is not identical says is not used: its keys are not fetched', async () => {
    const server = await harness.keyServer()
    server.metadata = faults.json({ ...server.metadataDocument, issuer: `${server.issuer}/` })
    const api = harness.api(server, {}, { issuer: server.issuer })
    expect(await outcome(api.verify(server.token()))).toMatchObject(UNAVAILABLE)
    expect(server.hits.keys).toBe(0)
  })

  test('§3.3 nor is it at a place that the options name', async () => {
    const server = await harness.keyServer()
    const metadataUrl = `${server.issuer}/.well-known/custom`
    const issuer = 'https://issuer.test'
    const token = server.token(undefined, { claims: { iss: issuer } })
    const verified = () => outcome(harness.api(server, {}, { issuer: { issuer, metadataUrl } }).verify(token))
    server.metadata = faults.json({ issuer: `${issuer}/`, jwks_uri: server.jwksUri })
    expect(await verified()).toMatchObject(UNAVAILABLE)
    server.metadata = faults.json({ issuer, jwks_uri: server.jwksUri })
    harness.clock.advance(60)
    expect(await verified()).toEqual(ACCEPTED)
  })
})

describe('RFC 8414 §4: string operations', () => {
  test('§4 JSON escapes are removed before names and values are compared', async () => {
    const server = await harness.keyServer()
    const escaped = JSON.stringify(server.metadataDocument)
      .replaceAll('http', '\\u0068ttp')
      .replace('"issuer"', '"\\u0069ssuer"')
      .replace('"jwks_uri"', '"jwks\\u005furi"')
    server.metadata = faults.text(escaped)
    const api = harness.api(server, {}, { issuer: server.issuer })
    expect(await outcome(api.verify(server.token()))).toEqual(ACCEPTED)
  })

  test('§4 no Unicode normalization is applied', async () => {
    const composed = '/caf\u00e9'
    const decomposed = '/cafe\u0301'
    const change: Change = (metadata) => ({
      ...metadata,
      issuer: String(metadata['issuer']).replace(composed, decomposed),
    })
    expect(await withMetadata(change, composed)).toEqual(UNAVAILABLE)
    expect(await withMetadata((metadata) => metadata, composed)).toEqual(ACCEPTED)
  })

  test.each<[string, Change]>([
    ['the name of issuer', ({ issuer, ...metadata }) => ({ ...metadata, Issuer: issuer })],
    ['the name of jwks_uri', ({ jwks_uri, ...metadata }) => ({ ...metadata, JWKS_URI: jwks_uri })],
    [
      'the issuer, a full-width colon in it',
      (metadata) => ({ ...metadata, issuer: String(metadata['issuer']).replace(':', '\uff1a') }),
    ],
  ])('§4 strings are compared code point by code point: %s', async (_, change) => {
    expect(await withMetadata(change)).toEqual(UNAVAILABLE)
  })
})

describe('RFC 8414 §5: compatibility', () => {
  test('§5 not done: the place of OpenID Connect, after the path, is asked first, because most servers have only that one', async () => {
    expect((await askedFor('/t')).slice(0, 2)).toEqual(['/t/.well-known/openid-configuration', `${OAUTH}/t`])
  })

  test('§5 the place of OpenID Connect, before the path, is asked last', async () => {
    expect((await askedFor('/t')).slice(2)).toEqual(['/.well-known/openid-configuration/t'])
  })
})

describe('RFC 8414 §6.2: impersonation', () => {
  test('§6.2 metadata of another issuer at the right place is not used, whatever it names', async () => {
    const real = await harness.keyServer()
    const impostor = await harness.keyServer()
    real.metadata = faults.json(impostor.metadataDocument)
    const api = harness.api(real, {}, { issuer: real.issuer })
    const forged = impostor.token(undefined, { claims: { iss: real.issuer } })
    expect(await outcome(api.verify(forged))).toMatchObject(UNAVAILABLE)
    expect(impostor.hits.keys).toBe(0)
  })
})
