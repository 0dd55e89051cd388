/** The token that a connection sent last is compared before it is hashed: nothing else may depend on that. */
import { Agent, request as nodeRequest } from 'node:http'
import express from 'express'
import { resourceServer } from 'express-resource-server'
import type { ResourceServer, ResourceServerOptions } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { TokenCache } from '../../lib/core/token-cache.js'
import { start } from '../support/http.js'
import { TestClock } from '../support/test-clock.js'

const clock = new TestClock()
const issuer = createTestIssuer({ clock })
let hashed: jest.SpyInstance
let closing: () => Promise<void> = () => Promise.resolve()

beforeEach(() => {
  hashed = jest.spyOn(TokenCache.prototype, 'keyOf')
})
afterEach(async () => {
  hashed.mockRestore()
  await closing()
  closing = () => Promise.resolve()
})

const server = (options: Partial<ResourceServerOptions> = {}): ResourceServer =>
  resourceServer({ ...issuer.options, clock, ...options })

/** The subject, or the code of the refusal. */
const ask = async (api: ResourceServer, token: string, socket: object): Promise<string | undefined> => {
  const headers = { authorization: `Bearer ${token}` }
  return api.authenticate({ method: 'GET', headers, rawHeaders: [], socket }).then(
    ({ principal }) => principal.subject,
    (error: unknown) => (error as { code: string }).code,
  )
}

/** Asks until the connection remembers the token. */
const remember = async (api: ResourceServer, token: string, socket: object): Promise<void> => {
  for (let i = 0; i < 3; i++) expect(await ask(api, token, socket)).toBe('user-1')
  hashed.mockClear()
  expect(await ask(api, token, socket)).toBe('user-1')
  expect(hashed).not.toHaveBeenCalled()
}

test('a token that stays the same on a connection is not hashed again', async () => {
  await remember(server(), await issuer.token(), {})
})

test('another connection hashes it', async () => {
  const api = server()
  const token = await issuer.token()
  await remember(api, token, {})
  expect(await ask(api, token, {})).toBe('user-1')
  expect(hashed).toHaveBeenCalledTimes(1)
})

test('two tokens that take turns on a connection stay apart', async () => {
  const api = server()
  const socket = {}
  const [one, two] = [await issuer.token({ sub: 'one' }), await issuer.token({ sub: 'two' })]
  const turns = [one, two, one, two, two, one, one, two]
  const answers: unknown[] = []
  for (const token of turns) answers.push(await ask(api, token, socket))
  expect(answers).toEqual(turns.map((token) => (token === one ? 'one' : 'two')))
})

test.each<[string, (token: string) => string, string]>([
  ['cut by a character', (token) => token.slice(0, -1), 'ERR_'],
  ['with a character more', (token) => `${token}A`, 'ERR_'],
  [
    'with another first character of the signature',
    (token) => flip(token, token.lastIndexOf('.') + 1),
    'ERR_',
  ],
  ['in another case', (token) => token.toLowerCase(), 'ERR_'],
])('the same token %s is refused on that connection', async (_title, change, prefix) => {
  const api = server()
  const socket = {}
  const token = await issuer.token()
  await remember(api, token, socket)
  expect(await ask(api, change(token), socket)).toMatch(prefix)
  expect(await ask(api, token, socket)).toBe('user-1')
})

test('a remembered token expires, and is too early when the clock goes back', async () => {
  const api = server()
  const socket = {}
  const now = clock.epochMs() / 1000
  const token = await issuer.token({ nbf: now, exp: now + 60 })
  await remember(api, token, socket)
  clock.advance(65)
  expect(await ask(api, token, socket)).toBe('ERR_TOKEN_EXPIRED')
  clock.advance(-165)
  expect(await ask(api, token, socket)).toBe('ERR_TOKEN_NOT_YET_VALID')
  clock.advance(100)
})

test('a remembered token outgrows maxTokenAgeSeconds', async () => {
  const api = server({ maxTokenAgeSeconds: 60 })
  const socket = {}
  const token = await issuer.token()
  await remember(api, token, socket)
  clock.advance(66)
  expect(await ask(api, token, socket)).toBe('ERR_TOKEN_TOO_OLD')
})

test('each server remembers by itself: what one accepted on a connection opens no other', async () => {
  const socket = {}
  const token = await issuer.token()
  const [api, other] = [server(), server({ audience: 'https://other.test' })]
  await remember(api, token, socket)
  expect(await ask(other, token, socket)).toBe('ERR_AUDIENCE_MISMATCH')
  await remember(api, token, socket)
})

test('a withdrawn key takes the memory of connections along', async () => {
  const published = createTestIssuer({ clock })
  const { options, close } = await published.listen()
  closing = close
  const api = server(options)
  const socket = {}
  const token = await published.token()
  await remember(api, token, socket)
  published.rotate()
  await api.refresh()
  expect(await ask(api, token, socket)).toBe('ERR_KEY_UNKNOWN')
  api.purge()
  await close()
  closing = () => Promise.resolve()
  expect(await ask(api, token, socket)).toBe('ERR_KEYS_UNAVAILABLE')
  api.close()
})

test('a tenant that is no longer trusted is refused on its connections too', async () => {
  let isTrusted = true
  const api = server({
    issuer: (iss) => (isTrusted ? { issuer: iss, jwks: issuer.jwks } : undefined),
  })
  const socket = {}
  const token = await issuer.token({ exp: clock.epochMs() / 1000 + 3600 })
  await remember(api, token, socket)
  isTrusted = false
  clock.advance(601)
  expect(await ask(api, token, socket)).toBe('ERR_ISSUER_UNKNOWN')
})

test('no connection remembers anything where the cache is turned off', async () => {
  const api = server({ tokenCache: false })
  const socket = {}
  const token = await issuer.token()
  for (let i = 0; i < 4; i++) expect(await ask(api, token, socket)).toBe('user-1')
  expect(hashed).not.toHaveBeenCalled()
  expect(await ask(api, flip(token, token.length - 3), socket)).toBe('ERR_SIGNATURE_INVALID')
})

test('it is the real connection: requests of one keep-alive socket, not those of the next', async () => {
  const app = express()
  app.use(server(), (_req, res) => {
    res.end()
  })
  const { port } = await start(app)
  const headers = { authorization: `Bearer ${await issuer.token()}` }
  const askOver = (agent: Agent) =>
    new Promise<number | undefined>((resolve, reject) => {
      nodeRequest({ port, agent, headers }, (answer) => {
        answer.resume().on('end', () => {
          resolve(answer.statusCode)
        })
      })
        .on('error', reject)
        .end()
    })
  const [first, second] = [0, 1].map(() => new Agent({ keepAlive: true, maxSockets: 1 }))
  for (let i = 0; i < 5; i++) expect(await askOver(first!)).toBe(200)
  expect(hashed).toHaveBeenCalledTimes(2)
  expect(await askOver(second!)).toBe(200)
  expect(hashed).toHaveBeenCalledTimes(3)
  first!.destroy()
  second!.destroy()
})

/** Another character of the alphabet in that place, one whose lowest bits are the same. */
function flip(token: string, at: number): string {
  return token.slice(0, at) + (token[at] === 'Q' ? 'g' : 'Q') + token.slice(at + 1)
}
