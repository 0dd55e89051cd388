import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resourceServer } from 'express-resource-server'
import { CROWD, HANGS_LATER, until } from '../support/key-harness.js'
import { faults, hold } from '../support/key-server.js'
import { TestClock } from '../support/test-clock.js'
import { describeCases } from './support/cases.js'
import { jwk, pairOf, publishedKeys, World } from './support/world.js'
import type { LocalBackend } from './support/world.js'
import { jwksCases } from './tables/jwks.js'

describeCases('the key set', jwksCases)

/**
 * A world with a clock that tests move, and a resource server whose keys have a URL of their own.
 */
class Keys {
  readonly clock = new TestClock()
  w!: World
  url = ''
  path = ''
  published: unknown[] = publishedKeys()
  answer: Parameters<World['publish']>[0] = (res) => this.w.as.json(res, { keys: this.published })

  async open(keys: object = {}): Promise<this> {
    this.w = await World.open({ clock: this.clock })
    this.url = this.w.publish((res, req) =>
      (this.answer as Exclude<typeof this.answer, readonly unknown[]>)(res, req),
    )
    this.path = await this.w.mount({ issuer: { issuer: this.w.issuer, jwksUri: this.url }, keys })
    return this
  }

  get hits(): number {
    return this.w.hits(this.url)
  }

  async status(token = this.w.token()): Promise<number> {
    return (await this.w.backend.ask({ path: this.path, token })).status
  }

  get server(): ReturnType<typeof resourceServer> {
    return (this.w.backend as LocalBackend).servers.get(this.path)!
  }

  stranger(kid: string = `kid-${Math.random()}`): string {
    return this.w.token({ header: { kid }, key: pairOf('rsa-thief').privateKey })
  }
}

let keys: Keys
beforeEach(() => {
  keys = new Keys()
})
afterEach(() => (keys.w as World | undefined)?.close())

const tally = (statuses: number[]): Record<number, number> =>
  statuses.reduce<Record<number, number>>((all, status) => ({ ...all, [status]: (all[status] ?? 0) + 1 }), {})
const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i))

/** The statuses of requests that all wait for the same fetch. */
async function statusesAtOnce(makeTokens: () => readonly string[]): Promise<number[]> {
  await keys.open(CROWD)
  const { answer, release } = hold((res) => keys.w.as.json(res, { keys: keys.published }))
  keys.answer = answer
  const tokens = makeTokens()
  const statuses = Promise.all(tokens.map((token) => keys.status(token)))
  await until(() => keys.server.health().issuers[0]?.waiters === tokens.length)
  release()
  return statuses
}

describe('floods', () => {
  test('invented kids one after the other cost a bounded number of fetches → 401 invalid_token [JWK-001]', async () => {
    await keys.open()
    expect(await keys.status()).toBe(200)
    for (const token of times(30, () => keys.stranger())) {
      expect([await keys.status(token), await keys.status()]).toEqual([401, 200])
    }
    expect(keys.hits).toBeLessThanOrEqual(3)
  })

  test('invented kids at once on a cold start are one fetch → 401 invalid_token [JWK-002]', async () => {
    const statuses = await statusesAtOnce(() => times(200, () => keys.stranger()))
    expect([tally(statuses), keys.hits]).toEqual([{ 401: 200 }, 1])
  })

  test('good tokens at once on a cold start are one fetch → 200 [JWK-005]', async () => {
    const statuses = await statusesAtOnce(() => times(40, (i) => keys.w.token({ claims: { jti: `${i}` } })))
    expect([tally(statuses), keys.hits]).toEqual([{ 200: 40 }, 1])
  })

  test('a token that is bad by sight fetches nothing → 401 invalid_token [JWK-006]', async () => {
    const { w } = await keys.open()
    const bad = [
      w.token({ claims: { iss: 'https://evil.example' } }),
      w.token({ claims: { exp: w.nowSeconds() - 60 } }),
      w.token({ header: { typ: 'JWT' } }),
      w.token({ header: { alg: 'none' } }),
      w.token({ header: { crit: ['x'] } }),
      w.token({ header: { kid: 'x'.repeat(300) } }),
      `${w.token()}.x`,
      'x',
    ]
    for (const token of bad) expect(await keys.status(token)).toBe(401)
    expect(keys.hits).toBe(0)
  })

  test('an outage under load costs few attempts → 503 [JWK-049 JWK-046]', async () => {
    await keys.open()
    keys.answer = faults.status(500)
    for (let second = 0; second < 60; second += 5) {
      expect(tally(await Promise.all(times(20, () => keys.status())))).toEqual({ 503: 20 })
      keys.clock.advance(5)
    }
    expect(keys.hits).toBeLessThanOrEqual(24)
    keys.answer = (res) => keys.w.as.json(res, { keys: keys.published })
    keys.clock.advance(30)
    expect(await keys.status()).toBe(200)
  })

  test('a set of many keys costs a token without kid four attempts → 401 invalid_token [JWK-054]', async () => {
    await keys.open()
    keys.published = times(100, (i) => jwk('rs1', { kid: `k${i}`, alg: 'RS256' }))
    expect(await keys.status(keys.stranger(undefined))).toBe(401)
    expect(
      await keys.status(keys.w.token({ header: { kid: undefined }, key: pairOf('rsa-thief').privateKey })),
    ).toBe(401)
    expect(keys.hits).toBeLessThanOrEqual(2)
  })
})

describe('time', () => {
  test('a kid that was unknown is accepted once it is published → 200 [JWK-004]', async () => {
    await keys.open()
    await keys.status()
    const token = keys.w.token({ header: { kid: 'rsa-late' }, key: pairOf('rsa-late').privateKey })
    for (let i = 0; i < 4; i++) expect(await keys.status(token)).toBe(401)
    keys.published = [...publishedKeys(), jwk('rsa-late', { alg: 'RS256' })]
    keys.clock.advance(31)
    expect(await keys.status(token)).toBe(200)
  })

  test('old and new key are both good while both are published → 200 [POS-027]', async () => {
    await keys.open({ ttlSeconds: 300 })
    const token = keys.w.token({ header: { kid: 'rsa-late' }, key: pairOf('rsa-late').privateKey })
    await keys.status()
    keys.published = [...publishedKeys(), jwk('rsa-late', { alg: 'RS256' })]
    keys.clock.advance(31)
    expect([await keys.status(token), await keys.status()]).toEqual([200, 200])
  })

  test('a key that is withdrawn ends with the TTL, its remembered tokens too → 401 invalid_token [JWK-008 CAC-003]', async () => {
    await keys.open({ ttlSeconds: 300, staleSeconds: 0 })
    const claims = { exp: keys.w.nowSeconds() + 3600 }
    const token = keys.w.token({ claims })
    expect([await keys.status(token), await keys.status(token)]).toEqual([200, 200])
    keys.published = [jwk('rs2', { alg: 'RS256' })]
    keys.clock.advance(301)
    expect(await keys.status(token)).toBe(401)
    expect(
      await keys.status(keys.w.token({ claims, header: { kid: 'rs2' }, key: pairOf('rs2').privateKey })),
    ).toBe(200)
  })

  test('new material under an old kid replaces the old → 401 invalid_token [JWK-009 CAC-003]', async () => {
    await keys.open({ ttlSeconds: 300 })
    const claims = { exp: keys.w.nowSeconds() + 3600 }
    const [old, fresh] = [
      keys.w.token({ claims }),
      keys.w.token({ claims, key: pairOf('rsa-fresh').privateKey }),
    ]
    expect([await keys.status(old), await keys.status(fresh)]).toEqual([200, 401])
    keys.published = [jwk('rsa-fresh', { kid: 'rs1', alg: 'RS256' })]
    keys.clock.advance(301)
    expect([await keys.status(old), await keys.status(fresh)]).toEqual([401, 200])
  })

  test('purge() ends trust at once, for remembered tokens too → 401 invalid_token [JWK-011]', async () => {
    await keys.open()
    const token = keys.w.token()
    expect([await keys.status(token), await keys.status(token)]).toEqual([200, 200])
    keys.published = [jwk('rs2', { alg: 'RS256' })]
    keys.server.purge()
    expect(await keys.status(token)).toBe(401)
  })

  test('an outage with warm keys is bridged → 200, and not for ever → 503 [JWK-033 JWK-034]', async () => {
    await keys.open({ ttlSeconds: 300, staleSeconds: 600 })
    const token = keys.w.token({ claims: { exp: keys.w.nowSeconds() + 86_400 } })
    expect(await keys.status(token)).toBe(200)
    keys.answer = faults.status(500)
    keys.clock.advance(301)
    expect(await keys.status(token)).toBe(200)
    keys.clock.advance(590)
    expect(await keys.status(token)).toBe(200)
    keys.clock.advance(20)
    expect(await keys.status(token)).toBe(503)
  })

  test('304 renews what is known → 200 [JWK-035]', async () => {
    await keys.open({ ttlSeconds: 300 })
    const token = keys.w.token({ claims: { exp: keys.w.nowSeconds() + 86_400 } })
    const asked: (string | undefined)[] = []
    keys.answer = (res, req) => {
      asked.push(req.headers['if-none-match'])
      if (req.headers['if-none-match'] === '"one"') res.writeHead(304).end()
      else keys.w.as.json(res, { keys: keys.published }, { etag: '"one"' })
    }
    expect(await keys.status(token)).toBe(200)
    keys.clock.advance(301)
    expect(await keys.status(token)).toBe(200)
    expect(asked).toEqual([undefined, '"one"'])
  })

  test.each(['max-age=0', 'no-store', 'no-cache, must-revalidate'])(
    '%s does not mean a fetch per request → 200 [JWK-050]',
    async (value) => {
      await keys.open()
      keys.answer = (res) => keys.w.as.json(res, { keys: keys.published }, { 'cache-control': value })
      for (let i = 0; i < 100; i++) expect(await keys.status()).toBe(200)
      expect(keys.hits).toBe(1)
    },
  )

  test.each(['max-age=1000000000000, immutable', 'max-age=9007199254740993', 'max-age=2147483648'])(
    '%s does not mean for ever → 401 invalid_token [JWK-051]',
    async (value) => {
      await keys.open()
      keys.answer = (res) => keys.w.as.json(res, { keys: keys.published }, { 'cache-control': value })
      const token = keys.w.token({ claims: { exp: keys.w.nowSeconds() + 100_000 } })
      expect(await keys.status(token)).toBe(200)
      keys.published = [jwk('rs2', { alg: 'RS256' })]
      keys.clock.advance(3601)
      expect(await keys.status(token)).toBe(401)
    },
  )

  test('a refresh in the background that fails harms nobody → 200 [JWK-063]', async () => {
    const rejections: unknown[] = []
    const note = (reason: unknown) => void rejections.push(reason)
    process.on('unhandledRejection', note)
    await keys.open({ ttlSeconds: 300, ...HANGS_LATER })
    const token = keys.w.token({ claims: { exp: keys.w.nowSeconds() + 86_400 } })
    await keys.status(token)
    keys.clock.advance(301)
    for (const [before, fault] of [faults.reset, faults.html, faults.hang, faults.garbage].entries()) {
      keys.answer = fault
      expect(await keys.status(token)).toBe(200)
      await until(() => keys.server.health().issuers[0]?.consecutiveFailures === before + 1)
      keys.clock.advance(61)
    }
    process.off('unhandledRejection', note)
    expect(rejections).toEqual([])
  })
})

describe('where keys are fetched', () => {
  const at = (url: string) => () =>
    resourceServer({ issuer: { issuer: 'https://as.example', jwksUri: url }, audience: 'x' })

  test.each([
    'http://as.example/jwks',
    'file:///etc/passwd',
    'data:application/json,{}',
    'ftp://as.example/jwks',
    'javascript:alert(1)',
    'https://u:p@as.example/jwks',
    '//as.example/jwks',
    '/jwks',
    'http://127.0.0.1.evil.example/jwks',
    'http://localhost.evil.example/jwks',
    'http://10.0.0.1/jwks',
    'ws://127.0.0.1/jwks',
  ])('jwksUri %s → throws [JWK-042]', (url) => {
    expect(at(url)).toThrow('jwksUri')
    expect(() =>
      resourceServer({ issuer: { issuer: 'https://as.example', metadataUrl: url }, audience: 'x' }),
    ).toThrow('metadataUrl')
  })

  /** An https origin, simulated by a `fetch` function. */
  const playing = (answer: (url: string) => Response) => {
    const asked: string[] = []
    const fetch = (url: string) => {
      asked.push(url)
      return Promise.resolve(answer(url))
    }
    return { asked, fetch }
  }

  test.each([
    ['plain http of the same host', 'http://as.example/jwks'],
    ['another host', 'https://evil.example/jwks'],
    ['another port', 'https://as.example:8443/jwks'],
    ['a metadata service', 'http://169.254.169.254/latest/meta-data/'],
  ])('a redirect to %s is not followed → 503 [JWK-040 JWK-038]', async (_, location) => {
    const { w } = await keys.open()
    const { asked, fetch } = playing(() => new Response(null, { status: 301, headers: { location } }))
    const api = resourceServer({
      ...w.options(),
      issuer: { issuer: w.issuer, jwksUri: 'https://as.example/jwks' },
      fetch,
    })
    await expect(api.verify(w.token())).rejects.toMatchObject({ status: 503 })
    expect(new Set(asked)).toEqual(new Set(['https://as.example/jwks']))
  })

  test('no proxy is taken from the environment → 200 [JWK-061]', async () => {
    let connections = 0
    const proxy = createServer().on('connection', (socket) => {
      connections++
      socket.destroy()
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    const names = [
      'HTTP_PROXY',
      'HTTPS_PROXY',
      'http_proxy',
      'https_proxy',
      'ALL_PROXY',
      'NODE_USE_ENV_PROXY',
    ]
    for (const name of names) process.env[name] = url
    await keys.open()
    expect(await keys.status()).toBe(200)
    for (const name of names) Reflect.deleteProperty(process.env, name)
    expect(connections).toBe(0)
    proxy.close()
  })

  test('what a key points to is never asked for → 200 [JWK-058]', async () => {
    const { w } = await keys.open()
    keys.published = [
      ...publishedKeys(),
      jwk('rsa-odd', { x5u: `${w.issuer}/thief.pem`, jku: `${w.issuer}/thief` }),
    ]
    expect(await keys.status()).toBe(200)
    expect(w.as.log.filter(({ path }) => path.includes('thief'))).toEqual([])
  })
})

test('a member nested deeper than a stack is not carried into a snapshot', async () => {
  await keys.open()
  const deep = `${'['.repeat(60_000)}${']'.repeat(60_000)}`
  const { n, e } = jwk('rsa-odd')
  const text = JSON.stringify({ keys: [...publishedKeys(), { kty: 'RSA', n, e, kid: '<>' }] }).replace(
    '"<>"',
    deep,
  )
  keys.answer = faults.text(text)
  expect(await keys.status()).toBe(200)
  expect(JSON.parse(JSON.stringify(keys.server.snapshot())).issuers[0].jwks.keys).toHaveLength(5)
})

test('two credentials, a failed fetch and an optional server: next() is called once at most → 400 invalid_request [JWK-064]', async () => {
  const { w } = await keys.open()
  keys.answer = faults.status(500)
  const api = resourceServer(w.options({ issuer: { issuer: w.issuer, jwksUri: keys.url }, optional: true }))
  const header = `Bearer ${w.token()}`
  for (const [rawHeaders, status] of [
    [['Authorization', header, 'Authorization', header], 400],
    [['Authorization', header], 503],
  ] as const) {
    let calls = 0
    const ended = new Promise<number>((resolve) => {
      const res = {
        headersSent: false,
        statusCode: 0,
        getHeader: () => undefined,
        setHeader: () => undefined,
        end: () => resolve(res.statusCode),
      }
      api(
        { method: 'GET', url: '/', headers: { authorization: header }, rawHeaders } as never,
        res as never,
        () => calls++,
      )
    })
    expect([await ended, calls]).toEqual([status, 0])
  }
})
