import { compactDecrypt, decodeJwt, importJWK } from 'jose'
import type { JWK } from 'jose'
import { discoverEndpoints, requestToken, send } from '../../demo/client.js'
import { API, API_ENCRYPTED, API_OPAQUE, office, ordersApi, shop } from '../../demo/names.js'
import type { Child } from './support/child.js'
import { PATIENCE_MS, run } from './support/child.js'
import { listen } from './support/listen.js'

jest.setTimeout(PATIENCE_MS)

const FREE_PORTS = ['--port', '0', '--issuer-port', '0', '--page-port', '0']

describe('the running demo', () => {
  let demo: Child
  let page: string
  let api: string
  let issuer: string
  let withShop: RequestInit
  let withOffice: RequestInit

  async function authorized({ id, secret, scopes }: typeof shop): Promise<RequestInit> {
    const { token } = await discoverEndpoints(issuer)
    const wanted = { resource: API, scope: scopes.join(' ') }
    const { body } = await requestToken(token, wanted, { clientId: id, secret })
    return { headers: { Authorization: `Bearer ${String(body.access_token)}` } }
  }

  beforeAll(async () => {
    demo = run('demo/main.ts', ...FREE_PORTS)
    const { input } = await demo.until(/Ctrl-C.*\n/)
    ;[page = '', api = '', issuer = ''] = input.match(/http:\/\/127\.0\.0\.1:\d+/g) ?? []
    withShop = await authorized(shop)
    withOffice = await authorized(office)
  })

  afterAll(() => demo.interrupt())

  test('serves the public route without a token', async () => {
    expect(await send(api)).toEqual({ status: 200, body: { audience: 'https://api.example.com', issuer } })
  })

  test('answers 401 with a bare challenge when there is no token', async () => {
    expect(await send(`${api}/me`)).toMatchObject({ status: 401, challenge: 'Bearer' })
  })

  test('names the caller', async () => {
    expect(await send(`${api}/me`, withShop)).toMatchObject({
      status: 200,
      body: { subject: 'shop', clientId: 'shop', scopes: ['orders:read', 'events:write'], roles: [] },
    })
  })

  test('answers 403 and names the missing scope', async () => {
    expect(await send(`${api}/orders`, { method: 'POST', ...withShop })).toMatchObject({
      status: 403,
      challenge: expect.stringContaining('scope="orders:write"'),
      body: { error: 'insufficient_scope' },
    })
  })

  test('admits only the admin role', async () => {
    expect(await send(`${api}/admin`, withShop)).toMatchObject({
      status: 403,
      body: { error: 'access_denied' },
    })
    expect(await send(`${api}/admin`, withOffice)).toEqual({ status: 200, body: { welcome: 'office' } })
  })

  test('serves page, modules and libraries from one origin, and its policy blocks other scripts', async () => {
    const document = await fetch(page)
    const paths = ['/page/main.js', '/names.js', '/jose/index.js', '/lit-html/lit-html.js', '/config.json']
    const statuses = await Promise.all(paths.map(async (path) => (await fetch(`${page}${path}`)).status))

    expect(await document.text()).not.toMatch(/(?:src|href)="https?:/)
    expect(document.headers.get('Content-Security-Policy')).toMatch(/script-src 'self' 'sha256-/)
    expect(statuses).toEqual([200, 200, 200, 200, 200])
  })

  test.each([
    '/page/../main.js',
    '/page/main.ts',
    '/page/tsconfig.json',
    '/package.json',
    '/page/nothing.js',
  ])('serves nothing else: %s', async (path) => {
    expect((await fetch(`${page}${path}`)).status).toBe(404)
  })

  test.each([undefined, 'cross-site', 'same-site'])(
    'refuses control requests from other pages (Sec-Fetch-Site: %s)',
    async (site) => {
      const headers = site === undefined ? {} : { 'Sec-Fetch-Site': site }

      expect((await fetch(`${page}/controls/rotate`, { method: 'POST', headers })).status).toBe(403)
    },
  )

  /** A control request as the page sends it. */
  async function control(name: string, body: unknown = {}) {
    const headers = { 'Sec-Fetch-Site': 'same-origin', 'Content-Type': 'application/json' }
    return send(`${page}/controls/${name}`, { method: 'POST', headers, body: JSON.stringify(body) })
  }

  async function tokenFor(resource: string) {
    const { token } = await discoverEndpoints(issuer)
    const { id, secret } = shop
    const { body } = await requestToken(token, { resource, scope: 'orders:read' }, { clientId: id, secret })
    return String(body.access_token)
  }

  function orders(token: string) {
    return send(`${api}/orders`, { headers: { Authorization: `Bearer ${token}` } })
  }

  const refused = { status: 401, body: { error: 'invalid_token' } }

  test('one route takes signed and encrypted tokens, and refuses each by its ID', async () => {
    const signed = await tokenFor(API)
    const encrypted = await tokenFor(API_ENCRYPTED)
    const { body: key } = await control('decryption-key')
    const { plaintext } = await compactDecrypt(encrypted, await importJWK(key as JWK))
    const tokens = [
      [signed, signed],
      [encrypted, new TextDecoder().decode(plaintext)],
    ] as const

    for (const [sent, jwt] of tokens) {
      expect(await orders(sent)).toMatchObject({ status: 200 })
      expect(await control('revoke', { jti: decodeJwt(jwt).jti })).toMatchObject({ status: 200 })
      expect(await orders(sent)).toMatchObject(refused)
    }
    expect(await orders(await tokenFor(API_ENCRYPTED))).toMatchObject({ status: 200 })
  })

  test('the same route takes an opaque token until its client takes it back', async () => {
    const [token, kept] = [await tokenFor(API_OPAQUE), await tokenFor(API_OPAQUE)]
    expect(await orders(token)).toMatchObject({ status: 200 })

    // Another client changes nothing.
    expect((await atIssuer('revocation', office, token)).status).toBe(200)
    expect(await orders(token)).toMatchObject({ status: 200 })
    expect((await atIssuer('revocation', shop, token)).status).toBe(200)

    expect(await orders(token)).toMatchObject(refused)
    expect(await orders(kept)).toMatchObject({ status: 200 })
  })

  test('only clients with a secret may ask about opaque tokens', async () => {
    const token = await tokenFor(API_OPAQUE)
    const body = new URLSearchParams({ token, client_id: 'page' })

    const asPage = await send(`${issuer}/token/introspection`, { method: 'POST', body })
    const asApi = await atIssuer('introspection', ordersApi, token)

    expect(asPage.body).toEqual({ active: false })
    expect(await asApi.json()).toMatchObject({ active: true, aud: API })
  })

  function atIssuer(endpoint: string, { id, secret }: typeof shop, token: string) {
    const headers = { Authorization: `Basic ${btoa(`${id}:${secret}`)}` }
    return fetch(`${issuer}/token/${endpoint}`, {
      method: 'POST',
      headers,
      body: new URLSearchParams({ token }),
    })
  }

  test.each([{}, { jti: '' }, { jti: 1 }])('a revocation of %j is refused', async (body) => {
    expect(await control('revoke', body)).toMatchObject({ status: 400 })
  })

  test('the API publishes the public half of its encryption key only', async () => {
    const { body } = await send(`${api}/jwks`)

    expect(body).toEqual({
      keys: [
        {
          kty: 'RSA',
          n: expect.any(String),
          e: 'AQAB',
          kid: 'api-encryption',
          use: 'enc',
          alg: 'RSA-OAEP-256',
        },
      ],
    })
  })

  test('is used by the webhook story with the same ports', async () => {
    const ports = ['--port', new URL(api).port, '--issuer-port', new URL(issuer).port]

    const { code, stdout } = await run('demo/webhook.ts', ...ports).ended

    expect(stdout).toMatch(`Webhook: ${api}/webhooks/events\nAuthorization server: ${issuer}\n`)
    expect(code).toBe(0)
  })

  test('the webhook story fails if the API admits everyone', async () => {
    const open = await listen((_req, res) => {
      res.end(JSON.stringify({ audience: 'https://api.example.com', issuer }))
    })

    const { code, stderr } = await run(
      'demo/webhook.ts',
      '--port',
      open.port,
      '--issuer-port',
      new URL(issuer).port,
    ).ended
    open.close()

    expect(stderr).toMatch('Failed at step 5, the event')
    expect(code).toBe(1)
  })
})

test('Ctrl-C ends the demo cleanly', async () => {
  const demo = run('demo/main.ts', ...FREE_PORTS)
  await demo.until(/Ctrl-C/)

  expect(await demo.interrupt()).toMatchObject({ code: 0, stderr: '' })
})

test.each(['--port', '--issuer-port', '--page-port'])(
  'a port in use (%s) is reported in one line, with exit code 1',
  async (option) => {
    const occupant = await listen(() => {})

    const { code, stdout, stderr } = await run('demo/main.ts', ...FREE_PORTS, option, occupant.port).ended
    occupant.close()

    expect(stderr).toBe(
      `Port ${occupant.port} is in use. Choose another with --port, --issuer-port or --page-port.\n`,
    )
    expect(stdout).toBe('')
    expect(code).toBe(1)
  },
)
