/** RFC 8414, Authorization Server Metadata: what concerns a resource server, which reads `issuer` and `jwks_uri` alone. */
import { ConfigurationError, resourceServer } from 'express-resource-server'
import { Harness, outcome, QUICK } from '../support/key-harness.js'
import { AUDIENCE, faults } from '../support/key-server.js'
import type { KeyServer } from '../support/key-server.js'
import { selfSigned } from '../support/tls.js'

const harness = new Harness()
afterEach(() => harness.close())

const ACCEPTED = { status: 200 }
const UNAVAILABLE = { status: 503, code: 'ERR_KEYS_UNAVAILABLE' }
const OAUTH = '/.well-known/oauth-authorization-server'

type Change = (metadata: Record<string, unknown>, server: KeyServer) => unknown

/** What comes of a token when the issuer's metadata is this. */
async function withMetadata(change: Change, path = ''): Promise<unknown> {
  const server = await harness.keyServer()
  const issuer = `${server.issuer}${path}`
  server.metadata = (res, req) => {
    if (!req.url?.startsWith(OAUTH)) return faults.status(404)(res, req)
    faults.json(change({ ...server.metadataDocument, issuer }, server))(res, req)
  }
  const api = harness.api(server, QUICK, { issuer })
  const { status, code } = await outcome(api.verify(server.token(undefined, { claims: { iss: issuer } })))
  return code === undefined ? { status } : { status, code }
}

const configured = (issuer: string) => () => resourceServer({ issuer, audience: AUDIENCE }).close()

describe('RFC 8414 §2: the metadata', () => {
  test.each<[string, Change, object]>([
    [
      '§2 issuer and jwks_uri are enough: what clients need is not asked for',
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
      '§2.1 signed_metadata: not done: a consumer that does not support it MAY ignore it',
      (metadata) => ({ ...metadata, signed_metadata: 'not.a.jwt' }),
      ACCEPTED,
    ],
  ])('%s', async (_title, change, expected) => {
    expect(await withMetadata(change)).toEqual(expected)
  })

  test.each([
    ['§2 issuer with a query is refused at start-up', 'https://issuer.test?tenant=1'],
    ['§2 issuer with a fragment is refused at start-up', 'https://issuer.test#tenant'],
    ['§2 issuer without the https scheme is refused at start-up, but on loopback', 'http://issuer.test'],
    ['§2 issuer that is no URL is refused at start-up, where its keys are to be discovered', 'urn:issuer'],
    ['§2 issuer with user information: stricter: refused at start-up', 'https://user:secret@issuer.test'],
  ])('%s', (_title, issuer) => {
    expect(configured(issuer)).toThrow(ConfigurationError)
  })
})

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
    const api = harness.api(server, QUICK, { issuer })
    expect(await outcome(api.verify(server.token(undefined, { claims: { iss: issuer } })))).toEqual(ACCEPTED)
  })

  test('§3 the suffix of OpenID Connect is tried first, because more servers have it', async () => {
    const server = await harness.keyServer()
    await harness
      .api(server, QUICK, { issuer: `${server.issuer}/t` })
      .ready()
      .catch(() => undefined)
    const asked = server.log.map(({ path }) => path)
    expect(asked).toEqual(['/t/.well-known/openid-configuration', `${OAUTH}/t`])
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
    const api = harness.api(server, QUICK, { issuer: server.issuer })
    expect(await outcome(api.verify(server.token()))).toMatchObject(UNAVAILABLE)
    expect(server.hits.keys).toBe(0)
  })

  test.each<[string, Change, object]>([
    ['§3.2 what is no JSON object is no metadata', (metadata) => [metadata], UNAVAILABLE],
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
    const api = harness.api(server, QUICK, { issuer: server.issuer })
    expect(await outcome(api.verify(server.token()))).toEqual(ACCEPTED)
  })
})

describe('RFC 8414 §4 and §6', () => {
  test('§4 JSON escapes are removed before the issuer is compared', async () => {
    const server = await harness.keyServer()
    const escaped = JSON.stringify(server.metadataDocument).replaceAll('http', '\\u0068ttp')
    server.metadata = faults.text(escaped)
    const api = harness.api(server, QUICK, { issuer: server.issuer })
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

  test('§6.1 the certificate of the server is checked', async () => {
    const server = await harness.keyServer(selfSigned)
    const api = harness.api(server, QUICK, { issuer: server.issuer })
    expect(await outcome(api.verify(server.token()))).toMatchObject(UNAVAILABLE)
    expect(server.hits.metadata).toBe(0)
  })

  test('§6.2 metadata of another issuer at the right place is not used, whatever it names', async () => {
    const real = await harness.keyServer()
    const impostor = await harness.keyServer()
    real.metadata = faults.json(impostor.metadataDocument)
    const api = harness.api(real, QUICK, { issuer: real.issuer })
    const forged = impostor.token(undefined, { claims: { iss: real.issuer } })
    expect(await outcome(api.verify(forged))).toMatchObject(UNAVAILABLE)
    expect(impostor.hits.keys).toBe(0)
  })
})
