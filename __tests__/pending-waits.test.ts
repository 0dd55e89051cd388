/**
 * Whatever a request waits for, of whichever feature: what ends in the meantime is not accepted, and
 * what is merely due for a refresh still serves.
 */
import { resourceServer } from 'express-resource-server'
import type { ResourceServer, StandardSchema } from 'express-resource-server'
import { dpop } from 'express-resource-server/dpop'
import { introspection } from 'express-resource-server/introspection'
import { jwe } from 'express-resource-server/jwe'
import { revocation } from 'express-resource-server/revocation'
import { createTestIssuer } from 'express-resource-server/testing'
import { Client } from './dpop/support/client.js'
import { start } from './support/http.js'
import type { Running } from './support/http.js'
import { encrypt } from './support/jwe.js'
import { generatePair } from './support/key-pairs.js'
import { TestClock } from './support/test-clock.js'

const clock = new TestClock()
const issuer = createTestIssuer({ clock })
const client = new Client()
const pair = generatePair('rsa', { modulusLength: 2048 })
const nowSeconds = (): number => Math.floor(clock.epochMs() / 1000)

/** Holds one of those who pass, the `at`th from now: 0 holds none. */
class Gate {
  #left = 0
  open: () => void = () => undefined
  #reached: () => void = () => undefined
  readonly reached = new Promise<void>((resolve) => (this.#reached = resolve))

  arm(at: number): void {
    this.#left = at
  }

  async pass(): Promise<void> {
    if (--this.#left !== 0) return
    const opened = new Promise<void>((resolve) => (this.open = resolve))
    this.#reached()
    await opened
  }
}

let http: Awaited<ReturnType<typeof issuer.listen>>
let endpoint: Running
let expiresAt = 0
let whileAsked: () => Promise<void> = () => Promise.resolve()

beforeAll(async () => {
  http = await issuer.listen()
  endpoint = await start((_req, res) => {
    const answer = { active: true, iss: issuer.issuer, aud: issuer.audience, sub: 'user-1', exp: expiresAt }
    void whileAsked().then(() =>
      res.setHeader('content-type', 'application/json').end(JSON.stringify(answer)),
    )
  })
})

afterAll(async () => {
  await http.close()
  await endpoint.close()
})

const schemaOf = (
  gate: Gate,
  output: () => object = () => ({ since: new Date(0) }),
): StandardSchema<object> => ({
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: async () => {
      await gate.pass()
      return { value: output() }
    },
  },
})

const asking = (gate?: Gate): object => {
  whileAsked = () => gate?.pass() ?? Promise.resolve()
  const settings = { endpoint: endpoint.url, client: { id: 'api', secret: 'secret' }, timeoutMs: 60_000 }
  // Nothing is remembered, so that each request asks.
  const cache = gate && { maxSeconds: 0 }
  return introspection({ ...settings, issuer: issuer.issuer, tokens: 'all', cache })
}

interface Stage {
  readonly options: (gate: Gate) => object
  readonly token?: () => string | Promise<string>
  /** Which pass is held, for a new token and for a known one. */
  readonly held: readonly [number, number]
  readonly scheme?: 'DPoP'
}

const bound = (): Promise<string> => issuer.token({ exp: expiresAt, cnf: { jkt: client.thumbprint } })
const encrypted = async (): Promise<string> =>
  encrypt(await issuer.token({ exp: expiresAt }), { key: pair.publicKey, header: { kid: 'api' } })
const decryption = (): object => jwe({ keys: [{ key: pair.privateKey, kid: 'api' }] })

const STAGES: Readonly<Record<string, Stage>> = {
  'the replay store of DPoP': {
    options: (gate) => {
      const replay = { add: () => gate.pass().then(() => true) }
      return { confirmation: dpop({ publicUrl: 'https://api.test', clock, replay }) }
    },
    token: bound,
    held: [1, 1],
    scheme: 'DPoP',
  },
  'the store of revoked tokens': {
    options: (gate) => ({ revocation: revocation({ isRevoked: () => gate.pass().then(() => false) }) }),
    held: [1, 1],
  },
  'the first run of a schema': { options: (gate) => ({ claims: schemaOf(gate) }), held: [1, 1] },
  'the only run of a schema, without a cache': {
    options: (gate) => ({ claims: schemaOf(gate), tokenCache: false }),
    held: [1, 1],
  },
  'the answer about an opaque token': {
    options: (gate) => ({ opaque: asking(gate) }),
    token: () => 'opaque',
    held: [1, 1],
  },
  'the answer about a JWT': { options: (gate) => ({ opaque: asking(gate) }), held: [1, 1] },
  'a schema for a JWT': { options: (gate) => ({ claims: schemaOf(gate) }), held: [2, 1] },
  'a schema for an encrypted token': {
    options: (gate) => ({ claims: schemaOf(gate), decryption: decryption() }),
    token: encrypted,
    held: [2, 1],
  },
  'the store of revoked tokens for an encrypted token': {
    options: (gate) => ({
      decryption: decryption(),
      revocation: revocation({ isRevoked: () => gate.pass().then(() => false) }),
    }),
    token: encrypted,
    held: [1, 1],
  },
  'a schema for an opaque token': {
    options: (gate) => ({ claims: schemaOf(gate), opaque: asking() }),
    token: () => 'opaque',
    held: [2, 1],
  },
  'a schema for an opaque token, with an output that requests share': {
    options: (gate) => ({ claims: schemaOf(gate, () => ({})), opaque: asking(new Gate()) }),
    token: () => 'opaque',
    held: [1, 1],
  },
  'the last schema for an opaque token': {
    options: (gate) => ({ claims: schemaOf(gate), opaque: asking() }),
    token: () => 'opaque',
    held: [3, 2],
  },
  'the store of revoked tokens for an opaque token': {
    options: (gate) => ({
      opaque: asking(),
      revocation: revocation({ isRevoked: () => gate.pass().then(() => false) }),
    }),
    token: () => 'opaque',
    held: [1, 1],
  },
}

const ENDS: readonly [string, string, (api: ResourceServer) => void][] = [
  ['purge()', 'ERR_KEYS_UNAVAILABLE', (api) => api.purge()],
  ['purge() of the issuer', 'ERR_KEYS_UNAVAILABLE', (api) => api.purge({ issuer: issuer.issuer })],
  ['close()', 'ERR_CLOSED', (api) => api.close()],
  ['the end of the token', 'ERR_TOKEN_EXPIRED', () => clock.advance(100)],
  ['keys that become due for a refresh', 'accepted', () => clock.advance(500)],
  ['keys that become overdue', 'accepted', () => clock.advance(700)],
]

async function ask(api: ResourceServer, token: string, scheme: string): Promise<string> {
  const headers: Record<string, string> = { authorization: `${scheme} ${token}` }
  if (scheme === 'DPoP') headers['dpop'] = client.proof(token, 'GET', 'https://api.test/', nowSeconds())
  const rawHeaders = Object.entries(headers).flat()
  const request = { method: 'GET', url: '/', originalUrl: '/', headers, rawHeaders }
  return api.authenticate(request as never).then(
    () => 'accepted',
    (error: unknown) => (error as { code: string }).code,
  )
}

describe.each(Object.entries(STAGES))('While a request waits for %s', (_title, stage) => {
  const { options, held, scheme = 'Bearer' } = stage
  const { token: make = () => issuer.token({ exp: expiresAt }) } = stage

  test.each(ENDS)('%s: %s', async (_end, code, end) => {
    for (const uses of [0, 1, 2]) {
      expiresAt = nowSeconds() + (code === 'ERR_TOKEN_EXPIRED' ? 60 : 3600)
      const gate = new Gate()
      const api = resourceServer({ ...http.options, clock, ...options(gate) })
      const token = await make()
      for (let use = 0; use < uses; use++) expect(await ask(api, token, scheme)).toBe('accepted')
      gate.arm(held[uses === 0 ? 0 : 1])
      const pending = ask(api, token, scheme)
      await gate.reached
      end(api)
      // What `purge()` and `close()` end need not come first.
      if (code === 'ERR_CLOSED' || code === 'ERR_KEYS_UNAVAILABLE') expect(await pending).toBe(code)
      gate.open()
      expect(await pending).toBe(code)
      api.close()
    }
  })
})

/** `end` runs while the gate holds the request. */
async function outcomeOf(api: ResourceServer, gate: Gate, token: string, end: () => void): Promise<string> {
  gate.arm(1)
  const pending = ask(api, token, 'Bearer')
  await gate.reached
  end()
  gate.open()
  return pending
}

const revocable = (gate: Gate): object => ({
  revocation: revocation({ isRevoked: () => gate.pass().then(() => false) }),
})

test('purge() by another server that shares the keys ends trust too', async () => {
  expiresAt = nowSeconds() + 3600
  for (const options of [revocable, (gate: Gate): object => ({ claims: schemaOf(gate) })]) {
    const gate = new Gate()
    const [api, other] = [
      resourceServer({ ...http.options, clock, ...options(gate) }),
      resourceServer({ ...http.options, clock }),
    ]
    const token = await issuer.token({ exp: expiresAt })
    expect(await ask(api, token, 'Bearer')).toBe('accepted')
    expect(await outcomeOf(api, gate, token, () => other.purge())).toBe('ERR_KEYS_UNAVAILABLE')
    api.close()
    other.close()
  }
})

test.each<[string, () => string | Promise<string>]>([
  ['JWT', () => issuer.token({ exp: expiresAt })],
  ['an encrypted token', encrypted],
  ['an opaque token', () => 'opaque'],
])('purge() of another issuer leaves the check of %s alone', async (_kind, make) => {
  expiresAt = nowSeconds() + 3600
  const other = createTestIssuer({ issuer: 'https://other.test' })
  const gate = new Gate()
  const options = { opaque: asking(), decryption: decryption(), ...revocable(gate) }
  const both = [http.options.issuer, other.options.issuer]
  const api = resourceServer({ ...http.options, clock, ...options, issuer: both } as never)
  const outcome = outcomeOf(api, gate, await make(), () => api.purge({ issuer: 'https://other.test' }))
  expect(await outcome).toBe('accepted')
  api.close()
})

test.each<[string, object]>([
  ['from the options', {}],
  ['of a resolver', { issuer: () => issuer.options.issuer }],
])('close() ends a check with keys %s', async (_source, options) => {
  expiresAt = nowSeconds() + 3600
  const gate = new Gate()
  const api = resourceServer({ ...issuer.options, clock, ...revocable(gate), ...options })
  const token = await issuer.token({ exp: expiresAt })
  expect(await outcomeOf(api, gate, token, () => api.close())).toBe('ERR_CLOSED')
})

test.each([
  ['still serves', true, 'accepted'],
  ['is refused once they are withdrawn', false, 'ERR_KEYS_UNAVAILABLE'],
])('An issuer whose options are due for a look-up %s', async (_title, staysTrusted, code) => {
  expiresAt = nowSeconds() + 3600
  const gate = new Gate()
  let isTrusted = true
  const resolver = (): unknown => (isTrusted ? issuer.options.issuer : undefined)
  const api = resourceServer({ ...issuer.options, clock, ...revocable(gate), issuer: resolver } as never)
  gate.arm(1)
  const pending = ask(api, await issuer.token({ exp: expiresAt }), 'Bearer')
  await gate.reached
  clock.advance(601)
  isTrusted = staysTrusted
  if (!staysTrusted)
    expect(await ask(api, await issuer.token({ exp: expiresAt }), 'Bearer')).toBe('ERR_ISSUER_UNKNOWN')
  gate.open()
  expect(await pending).toBe(code)
})
