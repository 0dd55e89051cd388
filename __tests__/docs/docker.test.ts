import { ConfigurationError, resourceServer } from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { start } from '../support/http.js'
import { recipesOf } from './support/recipes.js'

const PAGE = 'docs/docker.md'
const PUBLIC = 'http://localhost:8080/realms/main'
const INTERNAL = 'http://keycloak:8080/realms/main'

const issuer = createTestIssuer({ issuer: PUBLIC, audience: 'orders-api' })
const documents: Readonly<Record<string, object>> = {
  '/realms/main/.well-known/openid-configuration': {
    issuer: PUBLIC,
    jwks_uri: `${INTERNAL}/protocol/openid-connect/certs`,
  },
  '/realms/main/protocol/openid-connect/certs': issuer.jwks,
}

type Fetch = NonNullable<ResourceServerOptions['fetch']>

/** Requests as in the API's container: the host `keycloak` exists, and nothing listens on its own port 8080. */
async function inContainer(): Promise<Fetch> {
  const { url } = await start((req, res) => {
    const document = documents[req.url ?? '']
    res.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' })
    res.end(JSON.stringify(document ?? {}))
  })
  return (target, init) => {
    if (target.startsWith('http://localhost:8080/')) return Promise.reject(new TypeError('fetch failed'))
    return fetch(target.replace('http://keycloak:8080', url), init)
  }
}

const HEADINGS = ['Fetch the keys from the internal URL', 'Use discovery through the internal URL']

describe.each(HEADINGS)('The recipe "%s"', (heading) => {
  test('accepts tokens with the public issuer', async () => {
    const [options] = await recipesOf(PAGE, heading)
    const api = resourceServer({ ...options!, fetch: await inContainer() })
    await expect(api.verify(await issuer.token())).resolves.toMatchObject({ issuer: PUBLIC })
  })

  test('needs dangerouslyAllowInsecureHttp', async () => {
    const [options] = await recipesOf(PAGE, heading)
    const secure = { ...options!, dangerouslyAllowInsecureHttp: false }
    expect(() => resourceServer(secure)).toThrow(ConfigurationError)
    expect(() => resourceServer(secure)).toThrow('https URL')
  })
})

describe('The mistakes that the page lists', () => {
  const audience = 'orders-api'

  test('the internal name as issuer', async () => {
    const options = { issuer: INTERNAL, audience, dangerouslyAllowInsecureHttp: true }
    const api = resourceServer({ ...options, fetch: await inContainer() })
    await expect(api.verify(await issuer.token())).rejects.toMatchObject({ code: 'ERR_ISSUER_UNKNOWN' })
    await expect(api.ready()).rejects.toMatchObject({ hint: 'discovery_issuer_mismatch' })
  })

  test('discovery from localhost', async () => {
    const api = resourceServer({ issuer: PUBLIC, audience, fetch: await inContainer() })
    await expect(api.verify(await issuer.token())).rejects.toMatchObject({
      code: 'ERR_KEYS_UNAVAILABLE',
      cause: { problem: 'network' },
    })
  })
})
