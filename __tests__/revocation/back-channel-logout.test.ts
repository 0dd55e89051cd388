/** Logout tokens: what is accepted, from whom, in which requests, and what then is revoked. */
import { fork } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import express from 'express'
import { resourceServer } from 'express-resource-server'
import { backChannelLogout, memoryRevocations, revocation } from 'express-resource-server/revocation'
import type { Revocation, WritableRevocationStore } from 'express-resource-server/revocation'
import { createTestIssuer } from 'express-resource-server/testing'
import { closedPort, start } from '../support/http.js'
import { childScript } from '../support/child-scripts.js'

const issuer = createTestIssuer()
const iss = issuer.issuer
const clientId = 'orders-app'
const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
const now = () => Math.floor(Date.now() / 1000)

const logoutToken = (changes: Record<string, unknown> = {}) =>
  issuer.token({
    header: { typ: 'logout+jwt' },
    aud: clientId,
    client_id: undefined,
    scope: undefined,
    sub: 'u',
    sid: 's',
    events,
    ...changes,
  })

const form = (token: string) => `logout_token=${encodeURIComponent(token)}`
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

interface Setup {
  readonly store?: WritableRevocationStore
  readonly before?: express.RequestHandler
  readonly options?: object
  readonly clientIds?: string | string[]
}

async function startApi({ store, before, options = {}, clientIds = clientId }: Setup = {}) {
  const revoked: Revocation[] = []
  const recording = { isRevoked: () => false, revoke: (entry: Revocation) => void revoked.push(entry) }
  const server = resourceServer({ ...issuer.options, ...options })
  const app = express()
  if (before) app.use(before)
  app.use('/logout', backChannelLogout({ server, clientId: clientIds, store: store ?? recording }))
  const { ask, raw } = await start(app)
  const post = (body: string, headers: Record<string, string> = FORM) =>
    ask({ method: 'POST', path: '/logout', body, headers })
  return { post, ask, raw, revoked }
}

const dated = { issuer: iss, subject: 'u', before: expect.any(Number), forSeconds: 172_800 }
const session = { issuer: iss, sid: 's', forSeconds: 172_800 }

type Changes = Record<string, unknown> | (() => Record<string, unknown>)
/** Times are made just before they are sent: some are good for seconds. */
const made = (changes: Changes) => (typeof changes === 'function' ? changes() : changes)

test.each<[string, Changes, unknown]>([
  ['by sid, even if there is a sub', {}, session],
  ['by sid without sub', { sub: undefined }, session],
  ['by sub up to iat', { sid: undefined }, dated],
  ['by sub, beside a sid that is null', { sid: null }, dated],
  ['by sid, beside a sub that is null', { sub: null }, session],
  ['with typ JWT', { header: { typ: 'JWT' } }, session],
  ['with the whole media type as typ', { header: { typ: 'application/logout+jwt' } }, session],
  ['without typ', { header: { typ: undefined } }, session],
  ['without jti', { jti: undefined }, session],
  ['for several audiences', { aud: ['other', clientId] }, session],
  ['without exp, if it is young', () => ({ exp: undefined, iat: now() - 100 }), session],
  ['with members in the event', { events: { ...events, other: 1 } }, session],
  ['with another algorithm', { key: 'ES256' }, session],
])('a logout token %s is accepted', async (_, changes, expected) => {
  const { post, revoked } = await startApi()
  const answer = await post(form(await logoutToken(made(changes))))
  expect([answer.status, answer.text]).toEqual([200, ''])
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(revoked).toEqual([expected])
})

test.each<[string, Changes, string]>([
  ['without events', { events: undefined }, 'event'],
  ['with another event', { events: { 'https://other.test': {} } }, 'event'],
  ['with an event that is no object', { events: { [Object.keys(events)[0]!]: true } }, 'event'],
  ['with a list of events', { events: [events] }, 'event'],
  ['with a nonce', { nonce: 'n' }, 'nonce'],
  ['with a nonce that is null', { nonce: null }, 'nonce'],
  ['without aud', { aud: undefined }, 'meant for'],
  ['for another client', { aud: 'other' }, 'meant for'],
  ['for the API instead of the client', { aud: issuer.audience }, 'meant for'],
  ['without iat', { iat: undefined }, 'iat'],
  ['with iat as text', () => ({ iat: String(now()) }), 'iat'],
  ['from the future', () => ({ iat: now() + 60 }), 'iat'],
  ['that expired', () => ({ exp: now() - 60 }), 'expired'],
  ['with exp as text', () => ({ exp: String(now() + 60) }), 'expired'],
  ['without exp, if it is old', () => ({ exp: undefined, iat: now() - 180 }), 'expired'],
  ['without sub and sid', { sub: undefined, sid: undefined }, 'must have a sid or a sub'],
  ['with null for both', { sub: null, sid: null }, 'must have a sid or a sub'],
  ['with a sid that is a number', { sid: 1 }, 'each a string'],
  ['with a sub that is a number', { sub: 5, sid: undefined }, 'each a string'],
  ['with an empty sub', { sub: '', sid: undefined }, 'not empty'],
  ['with an empty sid beside a good sub', { sid: '' }, 'not empty'],
  ['with the typ of an access token', { header: { typ: 'at+jwt' } }, 'malformed'],
  ['with alg none', { header: { typ: 'logout+jwt', alg: 'none' } }, 'malformed'],
  ['with crit', { header: { typ: 'logout+jwt', crit: ['x'], x: 1 } }, 'malformed'],
  ['of an unknown key', { header: { typ: 'logout+jwt', kid: 'other' } }, 'malformed'],
  ['of another issuer', { iss: 'https://other.test' }, 'malformed'],
])('a logout token %s is refused', async (_, changes, text) => {
  const { post, revoked } = await startApi()
  const answer = await post(form(await logoutToken(made(changes))))
  expect(answer.status).toBe(400)
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(answer.body).toEqual({
    error: 'invalid_request',
    error_description: expect.stringContaining(text),
  })
  expect(revoked).toEqual([])
})

test('a changed, cut or foreign token is refused, and so are an access token and an ID token', async () => {
  const { post, revoked } = await startApi()
  const good = await logoutToken()
  const forged = await createTestIssuer().token({ aud: clientId, sid: 's', events, header: { typ: 'JWT' } })
  const others = [
    `${good.slice(0, -8)}AAAAAAAA`,
    good.slice(0, good.lastIndexOf('.')),
    forged,
    await issuer.token(),
    await issuer.token({ header: { typ: 'JWT' }, aud: clientId, nonce: 'n' }),
    'x',
  ]
  for (const token of others) expect((await post(form(token))).status).toBe(400)
  expect(revoked).toEqual([])
})

test('a logout token is no access token', async () => {
  const api = resourceServer(issuer.options)
  const token = await logoutToken({ header: { typ: 'JWT' }, aud: issuer.audience })
  await expect(api.verify(token)).rejects.toMatchObject({ status: 401 })
})

const PARSERS: readonly (readonly [string, express.RequestHandler | undefined])[] = [
  ['no body parser', undefined],
  ['express.urlencoded()', express.urlencoded({ extended: false })],
  ['express.urlencoded({ extended: true })', express.urlencoded({ extended: true })],
  ['express.json()', express.json()],
  ['express.text()', express.text({ type: '*/*' })],
  ['express.raw()', express.raw({ type: '*/*' })],
  ['a parser that left an empty object', (req, _res, next) => { req.body = {}; next() }], // prettier-ignore
]

describe.each(PARSERS)('behind %s', (_, before) => {
  const api = () => startApi(before === undefined ? {} : { before })

  test('the form is read', async () => {
    const { post, revoked } = await api()
    const token = await logoutToken()
    expect((await post(`a=1&${form(token)}`, { 'content-type': `${FORM['content-type']}; charset=utf-8` })).status).toBe(200) // prettier-ignore
    expect(revoked).toEqual([session])
  })

  test('none, two, and another kind of body are refused', async () => {
    const { post, revoked } = await api()
    const token = await logoutToken()
    for (const body of [
      '',
      'a=1',
      'logout_token=',
      `${form(token)}&${form(token)}`,
      `logout_token[a]=${token}`,
    ])
      expect((await post(body)).status).toBe(400)
    const json = JSON.stringify({ logout_token: token })
    expect((await post(json, { 'content-type': 'application/json' })).status).toBe(400)
    expect((await post(form(token), {})).status).toBe(400)
    expect(revoked).toEqual([])
  })
})

test('a body above 16 KiB is refused, with and without its length', async () => {
  const { post, raw } = await startApi()
  const head =
    'POST /logout HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n' +
    'Content-Type: application/x-www-form-urlencoded\r\n\r\n'
  const chunked = (body: string) => raw(`${head}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`)
  const long = `logout_token=${'a'.repeat(17_000)}`
  const answers = [await post(long), await chunked(long)]
  for (const answer of answers) {
    expect(answer.status).toBe(400)
    expect(answer.body.error_description).toContain('16 KiB')
  }
  expect((await chunked(form(await logoutToken()))).status).toBe(200)
})

test('only POST is allowed', async () => {
  const { ask } = await startApi()
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const answer = await ask({ method, path: `/logout?${form(await logoutToken())}` })
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'POST'])
  }
})

test('one client id of several is enough', async () => {
  const { post } = await startApi({ clientIds: ['other', clientId] })
  expect((await post(form(await logoutToken()))).status).toBe(200)
})

test('keys that are unavailable, and a store that does not take it, cause 503: the provider may repeat it', async () => {
  const jwksUri = `http://127.0.0.1:${await closedPort()}/jwks`
  const away = await startApi({ options: { issuer: { issuer: iss, jwksUri } } })
  const token = await logoutToken()
  const answers = [
    await away.post(form(token)),
    ...(await Promise.all(
      [
        () => Promise.reject(new Error('secret')),
        () => {
          throw new Error('secret')
        },
      ].map(async (revoke) =>
        // prettier-ignore
        (await startApi({ store: { isRevoked: () => false, revoke } })).post(form(token)),
      ),
    )),
  ]
  for (const answer of answers) {
    expect(answer.status).toBe(503)
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    expect(answer.body.error).toBe('temporarily_unavailable')
    expect(answer.text).not.toContain('secret')
  }
})

test('an implausible token of a trusted issuer causes no traffic', async () => {
  let asked = 0
  const { url } = await start((_req, res) => {
    asked++
    res.end('{}')
  })
  const { post } = await startApi({ options: { issuer: { issuer: iss, jwksUri: `${url}/jwks` } } })
  for (const changes of [{ aud: 'x' }, { exp: 1 }, { events: {} }, { nonce: '' }, { header: { typ: 'x' } }])
    expect((await post(form(await logoutToken(made(changes))))).status).toBe(400)
  expect(asked).toBe(0)
})

test('operators hear of each logout, without anything of the token', async () => {
  const heard: object[] = []
  const listen = (event: unknown) => heard.push(event as object)
  subscribe('express-resource-server:logout', listen)
  const { post } = await startApi()
  await post(form(await logoutToken()))
  await post(form(await logoutToken({ nonce: 'n' })))
  await post(form(await logoutToken({ header: { typ: 'x' } })))
  unsubscribe('express-resource-server:logout', listen)
  expect(heard).toEqual([
    { type: 'accepted', issuer: iss, by: 'sid' },
    { type: 'refused', reason: 'nonce', cause: undefined },
    { type: 'refused', reason: 'untrusted', cause: expect.objectContaining({ code: 'ERR_TOKEN_TYPE' }) },
  ])
})

test('a repeated logout changes nothing, and a login after it is accepted', async () => {
  const store = memoryRevocations()
  const api = resourceServer({ ...issuer.options, revocation: revocation(store) })
  const { post } = await startApi({ store })
  const old = await issuer.token({ sub: 'u', iat: now() - 100 })
  const logout = form(await logoutToken({ sid: undefined, iat: now() - 50 }))
  await expect(api.verify(old)).resolves.toBeDefined()
  for (let turn = 0; turn < 3; turn++) expect((await post(logout)).status).toBe(200)
  await expect(api.verify(old)).rejects.toMatchObject({ code: 'ERR_TOKEN_REVOKED' })
  await expect(api.verify(await issuer.token({ sub: 'u' }))).resolves.toBeDefined()
})

const server = resourceServer(issuer.options)
const good = { server, clientId, store: memoryRevocations() }

test.each<[string, object, string]>([
  ['no server', { ...good, server: undefined }, 'backChannelLogout.server'],
  ['a handler of another package', { ...good, server: () => undefined }, 'backChannelLogout.server'],
  ['no client id', { ...good, clientId: undefined }, 'backChannelLogout.clientId'],
  ['an empty list of client ids', { ...good, clientId: [] }, 'backChannelLogout.clientId'],
  ['a store that cannot revoke', { ...good, store: { isRevoked: () => false } }, 'backChannelLogout.store'],
  ['a short memory', { ...good, forSeconds: 1 }, 'backChannelLogout.forSeconds'],
  ['a wrong name', { ...good, clientID: 'x' }, 'backChannelLogout.clientID'],
])('backChannelLogout() with %s is refused', (_, options, option) => {
  expect(() => backChannelLogout(options as never)).toThrow(
    expect.objectContaining({ code: 'ERR_CONFIGURATION', option }),
  )
})

describe('oidc-provider', () => {
  test('logs out by session and by subject', async () => {
    const revoked: Revocation[] = []
    const store = { isRevoked: () => false, revoke: (entry: Revocation) => void revoked.push(entry) }
    const app = express()
    const { url } = await start(app)
    const child = fork(childScript('revocation/support/provider-process.ts'), [`${url}/logout`], {
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    const [{ issuer: provider }] = (await once(child, 'message')) as [{ issuer: string }]
    const api = resourceServer({ issuer: provider, audience: 'https://api.test' })
    const clientIds = ['with-sid', 'without-sid']
    app.post('/logout', backChannelLogout({ server: api, clientId: clientIds, store }))
    for (const client of clientIds) {
      child.send({ client, sub: 'alice', sid: 'session-1' })
      expect((await once(child, 'message'))[0]).toEqual({})
    }
    api.close()
    child.disconnect()
    expect(revoked).toEqual([
      { issuer: provider, sid: 'session-1', forSeconds: 172_800 },
      { issuer: provider, subject: 'alice', before: expect.any(Number), forSeconds: 172_800 },
    ])
  })
})
