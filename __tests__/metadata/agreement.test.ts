/** The document agrees with what the server does, or the server does not start. */
import { ConfigurationError, resourceServer } from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { dpop } from 'express-resource-server/dpop'
import { protectedResource } from 'express-resource-server/metadata'
import type { ProtectedResourceOptions } from 'express-resource-server/metadata'
import { mtls } from 'express-resource-server/mtls'

const RESOURCE = 'https://api.test'
const ISSUER = 'https://login.test'
const publicUrl = RESOURCE
const bound = dpop({ publicUrl })
const required = dpop({ publicUrl, required: true })

type Metadata = Partial<ProtectedResourceOptions>
type Server = Partial<ResourceServerOptions>

function attempt(metadata: Metadata, server: Server): string | undefined {
  const resourceMetadata = protectedResource({
    resource: RESOURCE,
    authorizationServers: ISSUER,
    ...metadata,
  })
  try {
    resourceServer({ issuer: ISSUER, ...server, resourceMetadata }).close()
    return undefined
  } catch (error) {
    if (!(error instanceof ConfigurationError) || error.option !== 'resourceMetadata') throw error
    return error.message
  }
}

const good: readonly (readonly [Metadata, Server])[] = [
  [{}, {}],
  [{}, { confirmation: bound }],
  [{ dpopBoundAccessTokensRequired: false, tlsClientCertificateBoundAccessTokens: false }, {}],
  [{ dpopBoundAccessTokensRequired: true }, { confirmation: required }],
  [{ dpopBoundAccessTokensRequired: true, bearerMethodsSupported: [] }, { confirmation: required }],
  [{ dpopBoundAccessTokensRequired: true }, { profile: 'fapi2', confirmation: bound }],
  [{ tlsClientCertificateBoundAccessTokens: true }, { confirmation: mtls() }],
  [{ tlsClientCertificateBoundAccessTokens: true }, { confirmation: [required, mtls()] }],
  [{ dpopSigningAlgValuesSupported: ['ES256', 'EdDSA', 'Ed25519'] }, { confirmation: bound }],
  [
    { dpopSigningAlgValuesSupported: 'ES256' },
    { confirmation: dpop({ publicUrl, algorithms: ['ES256', 'PS256'] }) },
  ],
  [{ bearerMethodsSupported: ['query', 'header'] }, { acceptTokenFrom: ['header', 'query'] }],
  [{ bearerMethodsSupported: 'body' }, { acceptTokenFrom: 'body' }],
  [{}, { acceptTokenFrom: ['header', { header: 'x-token' }, () => undefined] }],
  [{ bearerMethodsSupported: [] }, { acceptTokenFrom: { header: 'x-token' } }],
  [{ authorizationServers: [ISSUER, 'https://other.test'] }, {}],
  [{ authorizationServers: 'https://facade.test' }, {}],
  [{ authorizationServers: `${ISSUER}/` }, { issuer: () => undefined, audience: RESOURCE }],
  [{ authorizationServers: [ISSUER, `${ISSUER}/`] }, { issuer: [ISSUER, `${ISSUER}/`] }],
]

test.each(good)('Metadata with %j agree with a server, case %#', (metadata, server) => {
  expect(attempt(metadata, server)).toBeUndefined()
})

const bad: readonly (readonly [Metadata, Server, RegExp])[] = [
  [{ dpopBoundAccessTokensRequired: true }, {}, /needs confirmation: dpop\(\{ required: true/],
  [{ dpopBoundAccessTokensRequired: true }, { confirmation: bound }, /needs confirmation/],
  [
    { dpopBoundAccessTokensRequired: true, tlsClientCertificateBoundAccessTokens: true },
    { confirmation: [required, mtls({ required: true })] },
    /without another method/,
  ],
  [{}, { confirmation: required }, /Write dpopBoundAccessTokensRequired: true/],
  [
    { dpopBoundAccessTokensRequired: false },
    { confirmation: required },
    /Write dpopBoundAccessTokensRequired: true/,
  ],
  [{}, { profile: 'fapi2', confirmation: bound }, /Write dpopBoundAccessTokensRequired: true/],
  [{ tlsClientCertificateBoundAccessTokens: true }, { confirmation: bound }, /needs confirmation: mtls\(\)/],
  [{}, { confirmation: mtls() }, /Write tlsClientCertificateBoundAccessTokens: true/],
  [{ dpopSigningAlgValuesSupported: 'ES256' }, {}, /dpopSigningAlgValuesSupported/],
  [
    { dpopSigningAlgValuesSupported: ['ES256', 'PS256'] },
    { confirmation: dpop({ publicUrl, algorithms: 'ES256' as never }) },
    /dpopSigningAlgValuesSupported/,
  ],
  [
    { dpopSigningAlgValuesSupported: 'RS256', dpopBoundAccessTokensRequired: true },
    { profile: 'fapi2', confirmation: bound },
    /dpopSigningAlgValuesSupported/,
  ],
  [{}, { acceptTokenFrom: ['header', 'body'] }, /Write it as \["header","body"\]/],
  [{}, { acceptTokenFrom: { header: 'x-token' } }, /Write it as \[\]/],
  [{ bearerMethodsSupported: ['header', 'query'] }, {}, /Write it as \["header"\]/],
  [{ bearerMethodsSupported: 'body' }, { acceptTokenFrom: 'query' }, /Write it as \["query"\]/],
  [{ bearerMethodsSupported: [] }, {}, /Write it as \["header"\]/],
  [{ authorizationServers: `${ISSUER}/` }, {}, /trailing slash/],
  [{}, { issuer: `${ISSUER}/` }, /trailing slash/],
]

test.each(bad)('Metadata with %j contradict a server, case %#', (metadata, server, message) => {
  expect(attempt(metadata, server)).toMatch(message)
  expect(attempt(metadata, server)).toMatch(/^resourceMetadata: /)
})

test.each([
  ['the function itself', protectedResource],
  ['a plain handler', () => undefined],
  ['options', { resource: RESOURCE, authorizationServers: [ISSUER] }],
  ['a document', { resource: RESOURCE, authorization_servers: [ISSUER] }],
  ['an array', [protectedResource({ resource: RESOURCE, authorizationServers: ISSUER })]],
  ['null', null],
  ['a URL object', new URL(RESOURCE)],
  [
    'a URL in a header that could end it',
    { ...protectedResource({ resource: RESOURCE, authorizationServers: ISSUER }), url: 'https://a"\r\n' },
  ],
])('resourceMetadata is not %s', (_title, resourceMetadata) => {
  const options = { issuer: ISSUER, audience: RESOURCE, resourceMetadata } as never
  expect(() => resourceServer(options)).toThrow(
    expect.objectContaining({
      option: 'resourceMetadata',
      message: expect.stringContaining('protectedResource({'),
    }),
  )
})

test('challengeScopes are not defaulted by the document, and hold no offline_access', () => {
  const resourceMetadata = protectedResource({
    resource: RESOURCE,
    authorizationServers: ISSUER,
    scopesSupported: ['a', 'b'],
  })
  const server = resourceServer({ issuer: ISSUER, resourceMetadata })
  const anonymous = server.authenticate({ headers: {} }).catch((error: unknown) => server.answerTo(error))
  return anonymous.then((answer) => {
    expect(answer).toMatchObject({
      headers: { 'www-authenticate': `Bearer resource_metadata="${resourceMetadata.url}"` },
    })
    const challengeScopes = ['a', 'offline_access']
    expect(() => resourceServer({ issuer: ISSUER, resourceMetadata, challengeScopes })).toThrow(
      /^challengeScopes: has "offline_access"/,
    )
  })
})

test('Every scheme names the document, and Bearer comes first', async () => {
  const resourceMetadata = protectedResource({ resource: RESOURCE, authorizationServers: ISSUER })
  const confirmation = dpop({ publicUrl, algorithms: ['ES256'] })
  const server = resourceServer({ issuer: ISSUER, resourceMetadata, confirmation })
  const error: unknown = await server.authenticate({ headers: {} }).catch((thrown: unknown) => thrown)
  const { headers } = server.answerTo(error)
  const named = `resource_metadata="${resourceMetadata.url}"`
  expect(headers['www-authenticate']).toBe(`Bearer ${named}, DPoP ${named}, algs="ES256"`)
})
