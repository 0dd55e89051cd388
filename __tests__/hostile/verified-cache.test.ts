import { createHash } from 'node:crypto'
import express from 'express'
import { resourceServer } from 'express-resource-server'
import { memoryRevocations, revocation } from 'express-resource-server/revocation'
import type { AcceptedEvent, Principal } from 'express-resource-server'
import { faults } from '../support/key-server.js'
import { start } from '../support/http.js'
import { TestClock } from '../support/test-clock.js'
import { Observer } from './support/cases.js'
import { jwk, pairOf, publishedKeys, World } from './support/world.js'
import { twin } from './tables/structure.js'

let w: World
const clock = new TestClock()
let observer: Observer
beforeEach(async () => {
  w = await World.open({ clock })
  observer = new Observer()
})
afterEach(async () => {
  observer.stop()
  await w.close()
})

const status = async (path: string, token: string) => (await w.backend.ask({ path, token })).status
const isCached = () =>
  (observer.events.filter((event) => 'isCached' in (event as object)) as AcceptedEvent[]).map(
    (event) => event.isCached,
  )

test('the cache is used at all, so that the rest of these tests says something', async () => {
  const token = w.token()
  expect([await status('/base', token), await status('/base', token)]).toEqual([200, 200])
  expect(isCached()).toEqual([false, true])
})

test('a token refused before its time is accepted when it has come → 200 [CAC-002]', async () => {
  const token = w.token({ claims: { nbf: w.nowSeconds() + 10 } })
  expect(await status('/base', token)).toBe(401)
  clock.advance(6)
  expect(await status('/base', token)).toBe(200)
})

test('a remembered token expires on time', async () => {
  const token = w.token({ claims: { exp: w.nowSeconds() + 10 } })
  expect([await status('/base', token), await status('/base', token)]).toEqual([200, 200])
  clock.advance(15)
  expect(await status('/base', token)).toBe(401)
})

test('a remembered token outgrows maxTokenAgeSeconds', async () => {
  const path = await w.mount({ maxTokenAgeSeconds: 60 })
  const token = w.token({ claims: { exp: w.nowSeconds() + 900 } })
  expect([await status(path, token), await status(path, token)]).toEqual([200, 200])
  clock.advance(70)
  expect(await status(path, token)).toBe(401)
})

test('a server made anew with other options judges anew → 401 invalid_token [CAC-004]', async () => {
  const token = w.token()
  expect(await status('/base', token)).toBe(200)
  expect(await status(await w.mount({ audience: 'https://other.example' }), token)).toBe(401)
  expect(
    await status(
      await w.mount({ issuer: { issuer: 'https://other.example', jwksUri: w.as.jwksUri } }),
      token,
    ),
  ).toBe(401)
})

test('two audiences, two scopes, one token → 401 invalid_token [CAC-005]', async () => {
  const token = w.token()
  const other = await w.mount({ audience: 'https://other.example' }, ['admin'])
  expect([
    await status('/base', token),
    await status(other, token),
    await status('/base', token),
    await status(other, token),
  ]).toEqual([200, 401, 200, 401])
  const admin = await w.mount({}, ['admin'])
  expect([await status(admin, token), await status(admin, token)]).toEqual([403, 403])
})

test('a strict server behind a lenient one, on the same request → 401 invalid_token [CAC-006]', async () => {
  const app = express()
  app.use(resourceServer(w.options({ profile: 'jwt', algorithms: undefined })))
  app.use('/strict', resourceServer(w.options()))
  app.use('/es256', resourceServer(w.options({ algorithms: ['ES256'] })))
  app.use((_req, res) => void res.json({}))
  const { ask } = await start(app)
  const token = w.token({ header: { typ: 'JWT' } })
  expect([
    (await ask({ token })).status,
    (await ask({ token, path: '/strict' })).status,
    (await ask({ token })).status,
  ]).toEqual([200, 401, 200])
  expect((await ask({ token: w.token(), path: '/es256' })).status).toBe(401)
})

test('two servers do not share what they verified → 401 invalid_token [CAC-007]', async () => {
  const [mine, theirs] = [{ keys: [jwk('rs1')] }, { keys: [jwk('rs1', { n: jwk('rs2')['n'] })] }] as never[]
  const one = resourceServer(w.options({ issuer: { issuer: w.issuer, jwks: mine! } }))
  const two = resourceServer(w.options({ issuer: { issuer: w.issuer, jwks: theirs! } }))
  const token = w.token()
  await one.verify(token)
  await expect(two.verify(token)).rejects.toMatchObject({ code: 'ERR_SIGNATURE_INVALID' })
  await expect(one.verify(token)).resolves.toBeDefined()
})

test('tokens whose weak hashes collide are two tokens → 401 invalid_token [CAC-010]', async () => {
  const token = w.token()
  await status('/base', token)
  const short = (text: string) => createHash('md5').update(text).digest('hex').slice(0, 2)
  const [head, payload] = token.split('.')
  const forged: string[] = []
  // One in 256 collides. Any bound on the attempts would make the test fail now and then.
  for (let i = 0; forged.length < 5; i++) {
    const each = `${head}.${payload}.${String(i).padStart(341, 'A')}A`
    if (short(each) === short(token)) forged.push(each)
  }
  for (const each of forged) expect(await status('/base', each)).toBe(401)
})

test('what is remembered is bounded, and refusals are not remembered [CAC-011]', async () => {
  const path = await w.mount({ tokenCache: { maxEntries: 3 } })
  const tokens = Array.from({ length: 5 }, (_, i) => w.token({ claims: { jti: `jti-${i}` } }))
  for (const token of tokens) {
    await status(path, token)
    for (let i = 0; i < 20; i++) await status(path, `${token.slice(0, -4)}${String(i).padStart(3, 'A')}A`)
  }
  observer.events.length = 0
  for (const token of [...tokens].reverse()) await status(path, token)
  expect(isCached()).toEqual([true, true, true, false, false])
})

test('what is remembered is bounded in bytes too [CAC-011]', async () => {
  const path = await w.mount({ tokenCache: { maxEntries: 1000, maxBytes: 65_536 } })
  const tokens = Array.from({ length: 20 }, (_, i) =>
    w.token({ claims: { jti: `jti-${i}`, pad: 'p'.repeat(3000) } }),
  )
  for (const token of tokens) await status(path, token)
  observer.events.length = 0
  for (const token of [...tokens].reverse()) await status(path, token)
  expect(isCached().filter(Boolean).length).toBeLessThan(10)
})

test('a handler cannot change what the next request gets → 403 insufficient_scope [CAC-013]', async () => {
  const attempts: string[] = []
  const tamper = (auth: Principal): void => {
    const changes: (() => unknown)[] = [
      () => ((auth.claims as { scope: string }).scope += ' admin'),
      () => (auth.scopes as string[]).push('admin'),
      () => (auth.audience as string[]).push('x'),
      () => ((auth as unknown as { scopes: string[] }).scopes = ['admin']),
      () => Object.defineProperty(auth, 'subject', { value: 'admin' }),
      () => ((auth.header as { alg: string }).alg = 'none'),
      () => (auth.claims['nested'] as { list: string[] }).list.push('x'),
      () => Object.setPrototypeOf(auth, { hasScope: () => true }),
      () => ((auth as { hasScope: unknown }).hasScope = () => true),
    ]
    for (const change of changes) {
      try {
        change()
        attempts.push(String(change))
      } catch {
        continue
      }
    }
  }
  const api = resourceServer(w.options())
  const app = express()
  app.use(api, (req, res) => {
    tamper(api.principalOf(req))
    res.json({ ...req.auth, admin: req.auth?.hasScope('admin') })
  })
  const { ask } = await start(app)
  const token = w.token({ claims: { nested: { list: [] } } })
  const [first, second] = [await ask({ token }), await ask({ token })]
  expect(attempts).toEqual([])
  expect([first.body.admin, second.body]).toEqual([false, first.body])
})

test('one token a hundred times at once is one answer → 200 [CAC-015]', async () => {
  const [good, bad] = [w.token(), w.token({ key: pairOf('rsa-thief').privateKey })]
  const statuses = await Promise.all(
    Array.from({ length: 100 }, (_, i) => status('/base', i % 2 ? good : bad)),
  )
  expect(new Set(statuses.map((each, i) => `${i % 2} ${each}`))).toEqual(new Set(['0 401', '1 200']))
})

test('an outage is not remembered as a refusal → 200 [CAC-016]', async () => {
  let isDown = true
  const jwksUri = w.publish((res, req) =>
    isDown ? faults.status(503)(res, req) : w.as.json(res, { keys: publishedKeys() }),
  )
  const path = await w.mount({ issuer: { issuer: w.issuer, jwksUri } })
  const token = w.token()
  expect(await status(path, token)).toBe(503)
  isDown = false
  clock.advance(31)
  expect(await status(path, token)).toBe(200)
})

test('a token that is revoked after it was remembered → 401 invalid_token [CAC-017]', async () => {
  const revocations = memoryRevocations()
  const path = await w.mount({ revocation: revocation(revocations) })
  const token = w.token({ claims: { jti: 'taken-back' } })
  for (let use = 0; use < 3; use++) expect(await status(path, token)).toBe(200)
  revocations.revoke({ issuer: w.issuer, jti: 'taken-back', forSeconds: 60 })
  for (let use = 0; use < 3; use++) expect(await status(path, token)).toBe(401)
})

test('a token bound to a key is refused each time, and never remembered as good → 401 invalid_token [CAC-018]', async () => {
  const token = w.token({ claims: { cnf: { jkt: 'thumbprint-of-key' } } })
  for (let i = 0; i < 3; i++) expect(await status('/base', token)).toBe(401)
})

test('another text of the same bytes is another token → 401 invalid_token [CAC-020]', async () => {
  const token = w.token()
  expect(await status('/base', token)).toBe(200)
  for (const other of [twin(token), `${token}=`, token.replace('.', '..')])
    expect(await status('/base', other)).toBe(401)
})

test('close() ends what was remembered', async () => {
  const api = resourceServer(w.options())
  const token = w.token()
  await api.verify(token)
  api.close()
  await expect(api.verify(token)).rejects.toMatchObject({ status: 503 })
})

test('purge() while a token is being verified does not let it be remembered', async () => {
  const published = publishedKeys()
  const jwksUri = w.publish((res) => w.as.json(res, { keys: published }))
  const pool = { ...jwk('ES512-pool'), alg: 'ES512' }
  published.push(pool)
  const api = resourceServer(
    w.options({ issuer: { issuer: w.issuer, jwksUri }, algorithms: ['ES512', 'RS256'] }),
  )
  await api.ready()
  const token = w.token({
    algorithm: 'ES512',
    header: { kid: 'ES512-pool' },
    key: pairOf('ES512-pool').privateKey,
  })
  const pending = api.verify(token)
  published.pop()
  api.purge()
  await pending.catch(() => undefined)
  await expect(api.verify(token)).rejects.toMatchObject({ code: 'ERR_KEY_UNKNOWN' })
})
