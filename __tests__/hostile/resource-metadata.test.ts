/** Protected resource metadata, RFC 9728. Ids in brackets name the attacks that a test answers. */
import express from 'express'
import { ConfigurationError, resourceServer } from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { dpop } from 'express-resource-server/dpop'
import { protectedResource } from 'express-resource-server/metadata'
import type { ProtectedResource, ProtectedResourceOptions } from 'express-resource-server/metadata'
import { createTestIssuer } from 'express-resource-server/testing'
import { start } from '../support/http.js'
import type { Ask } from '../support/http.js'

const RESOURCE = 'https://api.test/mcp'
const PLACE = '/.well-known/oauth-protected-resource'
const issuer = createTestIssuer({ audience: RESOURCE })
const { issuer: trusted } = issuer.options

const metadataWith = (options: Partial<ProtectedResourceOptions> = {}): ProtectedResource =>
  protectedResource({ resource: RESOURCE, authorizationServers: issuer.issuer, ...options })

/** Guarded by a server from its first line on. */
async function ask(request: Ask, metadata = metadataWith(), options: Partial<ResourceServerOptions> = {}) {
  const app = express()
  app.use(resourceServer({ issuer: trusted, ...options, resourceMetadata: metadata }))
  app.get('/admin', (_req, res) => void res.send('secret'))
  return (await start(app)).ask(request)
}

const document = async (
  options?: Partial<ProtectedResourceOptions>,
  server?: Partial<ResourceServerOptions>,
) => ask({ path: `${PLACE}/mcp` }, metadataWith(options), server)

describe('The document', () => {
  test('is JSON, and its resource is the configured identifier [PRM-001] → 200', async () => {
    const { status, headers, body } = await document()
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('application/json')
    expect(body.resource).toBe(RESOURCE)
  })

  test('is public, although the guard stands before everything [PRM-005] → 200', async () => {
    expect((await document()).status).toBe(200)
    expect((await document({}, { refusals: 'next' })).status).toBe(200)
    expect((await ask({ path: `${PLACE}/mcp`, token: 'bad' })).status).toBe(200)
    expect((await ask({ path: '/admin' })).status).toBe(401)
  })

  test('lists the authorization servers as they are written [PRM-009] → 200', async () => {
    const authorizationServers = ['https://a.test/', 'https://b.test/tenant']
    const { status, body } = await document({ authorizationServers })
    expect(status).toBe(200)
    expect(body.authorization_servers).toEqual(authorizationServers)
  })

  test('names the header only, unless the server reads other places [PRM-010] → 200', async () => {
    const { status, body } = await document()
    expect(status).toBe(200)
    expect(body.bearer_methods_supported).toEqual(['header'])
    const everywhere: readonly ('header' | 'query')[] = ['header', 'query']
    const both = await document({ bearerMethodsSupported: everywhere }, { acceptTokenFrom: everywhere })
    expect(both.body.bearer_methods_supported).toEqual(everywhere)
    const contradiction = { acceptTokenFrom: everywhere, resourceMetadata: metadataWith() }
    expect(() => resourceServer({ issuer: trusted, ...contradiction })).toThrow(ConfigurationError)
  })

  test('says that DPoP is required where it is, and nowhere else [PRM-011] → 200', async () => {
    const confirmation = dpop({ publicUrl: 'https://api.test', required: true })
    const metadata = { dpopBoundAccessTokensRequired: true }
    const { status, body } = await document(metadata, { confirmation })
    expect(status).toBe(200)
    expect(body).toMatchObject({ dpop_bound_access_tokens_required: true })
    expect(body).not.toHaveProperty('tls_client_certificate_bound_access_tokens')
    const refused = await ask({ token: await issuer.token() }, metadataWith(metadata), { confirmation })
    expect(refused.status).toBe(401)
    await expect(document({}, { confirmation })).rejects.toThrow(ConfigurationError)
    await expect(document(metadata)).rejects.toThrow(ConfigurationError)
    await expect(document({ tlsClientCertificateBoundAccessTokens: true })).rejects.toThrow(
      ConfigurationError,
    )
  })

  test('has the scopes that were published, and none that only guards know [PRM-015] → 200', async () => {
    const { status, body } = await document(
      { scopesSupported: ['orders:read'] },
      { challengeScopes: ['orders:read'], scopeHierarchy: { internal: ['orders:read'] } },
    )
    expect(status).toBe(200)
    expect(body.scopes_supported).toEqual(['orders:read'])
    expect((await document()).body).not.toHaveProperty('scopes_supported')
  })
})

describe('The URL of the document', () => {
  const url = `https://api.test${PLACE}/mcp`

  test('is in the challenge, absolute and quoted [PRM-003] → 401', async () => {
    const { status, headers } = await ask({ path: '/admin' })
    expect(status).toBe(401)
    expect(headers['www-authenticate']).toBe(`Bearer resource_metadata="${url}"`)
  })

  test.each([
    'host',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-forwarded-prefix',
    'forwarded',
    'x-original-url',
  ])('is not shaped by the header %s [PRM-004] → 401', async (name) => {
    const evil = { [name]: name === 'forwarded' ? 'host=evil.example;proto=http' : 'evil.example' }
    const { status, challenge } = await ask({ path: '/admin', headers: evil })
    expect(status).toBe(401)
    expect(challenge?.parameters['resource_metadata']).toBe(url)
    const { text } = await ask({ path: `${PLACE}/mcp`, headers: evil })
    expect(text).not.toContain('evil.example')
  })

  test.each([
    `${PLACE}/../../admin`,
    `${PLACE}/mcp/../../../admin`,
    `${PLACE}/%2e%2e/%2e%2e/admin`,
    `${PLACE}/mcp%2f..%2f..%2f..%2fadmin`,
    `${PLACE}/mcp/`,
    `${PLACE}//mcp`,
    `${PLACE}/MCP`,
    `${PLACE}/m%63p`,
    `${PLACE}/mcp;a=b`,
    `${PLACE}/mcpx`,
    `${PLACE}/..%5c..%5cadmin`,
    PLACE,
  ])('is no other path, such as %s [PRM-013] → 404', async (path) => {
    const app = express()
    app.use(metadataWith())
    app.get('/admin', (_req, res) => void res.send('secret'))
    const open = await (await start(app)).ask({ path })
    expect(open.status).toBe(404)
    expect(open.text).not.toContain('secret')
    // Behind the guard it is a path like any other.
    expect((await ask({ path })).status).toBe(401)
  })
})

test.each([
  ['a fragment', 'https://api.test/mcp#part'],
  ['an empty fragment', 'https://api.test/mcp#'],
  ['user information', 'https://user@api.test/mcp'],
  ['a password', 'https://user:secret@api.test/mcp'],
  ['http on another host than loopback', 'http://api.test/mcp'],
  ['http on a host that begins like loopback', 'http://127.0.0.1.evil.test/'],
  ['another scheme', 'ftp://api.test/'],
  ['a urn', 'urn:example:api'],
  ['a script', 'javascript:alert(1)'],
  ['a path only', '/mcp'],
  ['no host', 'https://'],
  ['no slashes', 'https:api.test'],
  ['backslashes', 'https:\\\\api.test'],
  ['a space within', 'https://api.test/a b'],
  ['a line break within', 'https://api.test/a\r\nb'],
  ['a letter that is not ASCII', 'https://api.test/é'],
  ['nothing', ''],
])('A resource with %s stops the application at its start [PRM-014] → throws', (_title, resource) => {
  expect(() => metadataWith({ resource })).toThrow(ConfigurationError)
  expect(() => metadataWith({ resource })).toThrow(/^protectedResource\.resource: /)
})
