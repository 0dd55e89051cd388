/** The resource identifier as the default of `audience`, compared as a URL. */
import { resourceServer } from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { protectedResource } from 'express-resource-server/metadata'
import { createTestIssuer } from 'express-resource-server/testing'
import { ResourceAudience } from '../../lib/core/token/resource-audience.js'

const issuer = createTestIssuer()

function serverOf(resource: string, options: Partial<ResourceServerOptions> = {}) {
  const resourceMetadata = protectedResource({ resource, authorizationServers: issuer.issuer })
  return resourceServer({ issuer: issuer.options.issuer, ...options, resourceMetadata })
}

const rows: readonly (readonly [resource: string, aud: unknown, accepted: boolean])[] = [
  ['https://a.test', 'https://a.test', true],
  ['https://a.test', 'https://a.test/', true],
  ['https://a.test/', 'https://a.test', true],
  ['https://a.test', 'HTTPS://A.test:443', true],
  ['https://A.test', 'https://a.test', true],
  ['https://a.test', ['https://b.test', 'https://a.test/'], true],
  ['https://a.test/mcp', 'https://a.test/mcp', true],
  ['https://a.test/mcp', 'https://a.test/mcp/', false],
  ['https://a.test/mcp', 'https://a.test/MCP', false],
  ['https://a.test/mcp', 'https://a.test', false],
  ['https://a.test', 'https://a.test/mcp', false],
  ['https://a.test', 'http://a.test', false],
  ['https://a.test', 'https://a.test:8443', false],
  ['https://a.test', 'https://a.test?', false],
  ['https://a.test', 'https://a.test/#', false],
  ['https://a.test', 'https://user@a.test', false],
  ['https://a.test', 'https:a.test', false],
  ['https://a.test', 'https:\\\\a.test', false],
  ['https://a.test', ' https://a.test', false],
  ['https://a.test', 'https://a.test\n', false],
  ['https://a.test', 'https://a.te\tst/', false],
  ['https://a.test', 'a.test', false],
  ['https://a.test', '', false],
  ['https://a.test', [], false],
  ['https://a.test', `https://a.test/${'./'.repeat(2000)}`, false],
]

test.each(rows)('For the resource %s, aud %j is good: %p', async (resource, aud, accepted) => {
  const server = serverOf(resource)
  const token = await issuer.token({ aud })
  const attempt = () =>
    server.verify(token).then(
      () => true,
      (error: unknown) => (error as { code: string }).code,
    )
  // Verified, then remembered by its text, then with its claims.
  const attempts = [await attempt(), await attempt(), await attempt()]
  expect(attempts).toEqual(Array(3).fill(accepted ? true : 'ERR_AUDIENCE_MISMATCH'))
})

test('The refusal names the resource as it is written', async () => {
  const token = await issuer.token({ aud: 'https://b.test' })
  await expect(serverOf('https://a.test/').verify(token)).rejects.toMatchObject({
    expected: ['https://a.test/'],
  })
})

test('An audience of the options replaces the resource, and is compared exactly', async () => {
  const server = serverOf('https://a.test', { audience: 'api://a' })
  await server.verify(await issuer.token({ aud: 'api://a' }))
  await expect(server.verify(await issuer.token({ aud: 'https://a.test' }))).rejects.toMatchObject({
    code: 'ERR_AUDIENCE_MISMATCH',
  })
})

test('An audience of one issuer replaces the resource for that issuer', async () => {
  const own = { ...(issuer.options.issuer as object), issuer: issuer.issuer, audience: 'own' }
  const server = serverOf('https://a.test', { issuer: own as never })
  await server.verify(await issuer.token({ aud: 'own' }))
  await expect(server.verify(await issuer.token({ aud: 'https://a.test' }))).rejects.toThrow()
})

test('dangerouslyAcceptAnyAudience still means any', async () => {
  const server = serverOf('https://a.test', { dangerouslyAcceptAnyAudience: true })
  await server.verify(await issuer.token({ aud: 'other' }))
})

test('A URL without the metadata themselves is no audience', () => {
  const resourceMetadata = 'https://a.test/.well-known/oauth-protected-resource'
  const options = { issuer: issuer.options.issuer, resourceMetadata } as unknown as ResourceServerOptions
  expect(() => resourceServer(options)).toThrow(/^audience: is required/)
})

test('A set of one resource iterates over the configured spelling only', () => {
  const audiences = new ResourceAudience('https://A.test')
  expect([...audiences]).toEqual(['https://A.test'])
  expect(audiences.has('https://a.test/')).toBe(true)
})
