/** Canaries in token, claims and key: everything that leaves this package is searched for them. */
import type { KeyObject } from 'node:crypto'
import { format, inspect } from 'node:util'
import express from 'express'
import {
  allOf,
  requireClaim,
  requireRoles,
  requireScopes,
  requireThat,
  resourceServer,
  ResourceServerError,
} from 'express-resource-server'
import type { Guard, Principal, ResourceServerOptions } from 'express-resource-server'
import { z } from 'zod'
import { faults } from '../support/key-server.js'
import { start } from '../support/http.js'
import { Observer } from './support/cases.js'
import { QUICK } from './tables/jwks.js'
import { pairOf, publishedKeys, World } from './support/world.js'
import { generatePair } from '../support/key-pairs.js'

/** A token with the canary in every claim, in header members, and in the name of the key. */
const CANARY = 'canary7f3a'
const KID = `${CANARY}-kid`

let w: World
let canaryKey: { publicKey: KeyObject; privateKey: KeyObject }
let observer: Observer
const printed: string[] = []
const spies: jest.SpyInstance[] = []

beforeAll(async () => {
  canaryKey = generatePair('rsa', { modulusLength: 2048 })
  w = await World.open()
  observer = new Observer()
  const write = (...parts: unknown[]): boolean => printed.push(format(...parts)) > 0
  for (const method of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const)
    spies.push(jest.spyOn(console, method).mockImplementation(write))
  spies.push(jest.spyOn(process, 'emitWarning').mockImplementation(write))
})
afterAll(async () => {
  for (const spy of spies) spy.mockRestore()
  observer.stop()
  await w.close()
})

const published = () => [
  ...publishedKeys(),
  { ...canaryKey.publicKey.export({ format: 'jwk' }), kid: KID, use: 'sig' },
]
const options = (changes: Partial<ResourceServerOptions> = {}): ResourceServerOptions =>
  w.options({ issuer: { issuer: w.issuer, jwks: { keys: published() } }, ...changes })

const canaryClaims = (changes: object = {}) => ({
  sub: `${CANARY}-sub`,
  client_id: `${CANARY}-client`,
  jti: `${CANARY}-jti`,
  scope: `read ${CANARY}-scope`,
  roles: [`${CANARY}-role`],
  email: `${CANARY}@example`,
  act: { sub: `${CANARY}-actor` },
  nested: { deep: [{ value: `${CANARY}-nested` }] },
  permissions: ['write', `${CANARY}-permission`],
  ...changes,
})
const token = (changes: object = {}, header: object = {}) =>
  w.token({
    header: { kid: KID, 'x-note': `${CANARY}-header`, ...header },
    claims: canaryClaims(changes),
    key: canaryKey.privateKey,
  })

/** Every way of printing a value. */
function looksOf(value: unknown): string[] {
  const looks = [
    inspect(value, { depth: null, showHidden: true }),
    inspect(value, { depth: null, showHidden: true, getters: true }),
    inspect(value, { depth: null, showProxy: true, getters: true, compact: false }),
    format('%o', value),
    format('%O', value),
    format('%s', value),
    format('%j', value),
    (JSON.stringify(value) as string | undefined) ?? '',
    String(value),
  ]
  if (typeof value === 'object' && value !== null) {
    const spread: object = { ...value }
    looks.push(inspect(spread, { depth: null, showHidden: true, getters: true }), JSON.stringify(spread))
    looks.push(inspect(Object.getOwnPropertyDescriptors(value), { depth: null, showHidden: true }))
    looks.push(inspect(structuredCloneOf(spread), { depth: null }))
    for (const name in value) looks.push(String(Reflect.get(value, name)))
  }
  if (value instanceof Error)
    looks.push(value.stack ?? '', value.message, ...(value.cause === undefined ? [] : looksOf(value.cause)))
  return looks
}

function structuredCloneOf(value: object): unknown {
  try {
    return structuredClone(value)
  } catch {
    return undefined
  }
}

/** The parts of a token, and the members of a key. */
function secretsOf(sent: string): string[] {
  const { n = '', d = '', p = '' } = canaryKey.privateKey.export({ format: 'jwk' })
  return [sent, ...sent.split('.').filter((part) => part.length > 8), n, d, p].filter(
    (secret) => secret !== '',
  )
}

function expectClean(looks: readonly string[], sent: string, { claims = true } = {}): void {
  const secrets = [...secretsOf(sent), ...(claims ? [CANARY] : [])]
  const telling = looks.filter((look) => secrets.some((secret) => look.includes(secret)))
  expect(telling).toEqual([])
}

const request = { method: 'GET', url: '/', headers: {}, rawHeaders: [] }
const errorOf = (run: Promise<unknown>): Promise<unknown> =>
  run.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('a refused token', () => {
  const bad: [string, () => string, Partial<ResourceServerOptions>?][] = [
    ['expired', () => token({ exp: 1 })],
    ['of another issuer', () => token({ iss: `https://${CANARY}.example` })],
    ['of an issuer that resembles ours', () => token({ iss: `${w.issuer}/` })],
    ['for another audience', () => token({ aud: `https://${CANARY}.example` })],
    ['for its own client', () => token({ aud: `${CANARY}-client` })],
    ['with a claim of the wrong type', () => token({ sub: [CANARY] })],
    ['with a claim that is empty', () => token({ sub: '' })],
    ['without a claim', () => token({ jti: undefined })],
    ['too early', () => token({ nbf: 9_999_999_999 })],
    ['too old', () => token({ iat: 1 }), { maxTokenAgeSeconds: 60 }],
    ['of another type', () => token({}, { typ: CANARY })],
    ['of another algorithm', () => token({}, { alg: CANARY })],
    ['with an extension', () => token({}, { crit: [CANARY], [CANARY]: 1 })],
    ['of an unknown key', () => token({}, { kid: `${CANARY}-other` })],
    ['of a Microsoft kind', () => `${token({}, { nonce: CANARY }).slice(0, -6)}AAAAAA`],
    ['with a broken signature', () => `${token().slice(0, -6)}AAAAAA`],
    [
      'with a broken payload',
      () => w.token({ payload: `{"${CANARY}`, header: { kid: KID }, key: canaryKey.privateKey }),
    ],
    ['that is an ID token', () => token({ at_hash: CANARY }, { typ: 'JWT' }), { profile: 'jwt' }],
    ['that is bound', () => token({ cnf: { jkt: CANARY } })],
    ['too large', () => token(), { maxTokenBytes: 256 }],
    ['that is none', () => `${CANARY}-opaque`],
    ['that is encrypted', () => `${CANARY}.${CANARY}.${CANARY}.${CANARY}.${CANARY}`],
    [
      'that does not fit a schema',
      () => token({ email: `${CANARY}-no-mail` }),
      { claims: z.object({ email: z.email(), [`n`]: z.literal('x') }) as never },
    ],
  ]

  test.each(bad)(
    '%s: error, answer and events hold nothing of it [ERR-011 ERR-010]',
    async (_, make, ...[changes]) => {
      const sent = make()
      const api = resourceServer(options(changes))
      const error = await errorOf(api.verify(sent))
      expect(error).toBeInstanceOf(ResourceServerError)
      expectClean(looksOf(error), sent)

      const handed: unknown[] = []
      for (const refusals of ['respond', 'next'] as const) {
        const app = express()
        app.use(resourceServer(options({ ...changes, refusals })))
        app.use((failure: unknown, _req: unknown, _res: unknown, next: (error: unknown) => void) => {
          handed.push(failure)
          next(failure)
        })
        const answer = await (await start(app)).ask({ token: sent })
        expect(answer.status).toBe(401)
        expectClean([JSON.stringify(answer.headers), refusals === 'respond' ? answer.text : ''], sent)
      }
      expectClean(handed.flatMap(looksOf), sent)
      expectClean([observer.text, ...printed.map((line) => line.replace(/\n\s+at .*/g, ''))], sent)
    },
  )

  test('the handler of Express itself, in development, shows no more', async () => {
    const app = express()
    app.use(resourceServer(options({ refusals: 'next' })))
    const sent = token({ aud: CANARY })
    const answer = await (await start(app)).ask({ token: sent })
    expectClean([answer.text], sent)
  })
})

describe('a principal', () => {
  let principal: Principal
  const sent = () => principal.token

  beforeAll(async () => {
    principal = await resourceServer(options()).verify(token())
  })

  test('holds the claims, and shows its token in no way [ERR-011]', () => {
    expect(principal.subject).toBe(`${CANARY}-sub`)
    expect(principal.token).toMatch(/^ey/)
    expectClean(looksOf(principal), sent(), { claims: false })
    expect(Object.keys(principal)).not.toContain('token')
    expect(Object.values({ ...principal })).not.toContain(sent())
  })

  const guards: [string, Guard, number][] = [
    ['scope', requireScopes('write'), 403],
    ['role', requireRoles('admin'), 403],
    ['claim', requireClaim('email', 'x'), 403],
    ['predicate', requireThat(() => false), 403],
    [
      'all of them',
      allOf(
        requireScopes('write'),
        requireThat(() => false, { scope: 'more' }),
      ),
      403,
    ],
  ]

  test.each(guards)(
    'refused by %s: error, answer and events hold nothing of it',
    async (_, guard, status) => {
      const error = await errorOf((async () => guard.check(principal, request))())
      expect(error).toMatchObject({ status })
      expectClean(looksOf(error), sent())
      const app = express()
      app.use(resourceServer(options()), guard)
      const answer = await (await start(app)).ask({ token: token() })
      expectClean([JSON.stringify(answer.headers) + answer.text, observer.text], sent())
    },
  )
})

describe('keys', () => {
  test('are in no health, event or error; a snapshot has their public members, which is its purpose', async () => {
    const jwksUri = w.publish((res) =>
      w.as.json(res, {
        keys: [...published(), { kid: KID, kty: 'RSA', n: CANARY }, { kty: 'oct', k: CANARY }],
      }),
    )
    const api = resourceServer(options({ issuer: { issuer: w.issuer, jwksUri } }))
    const sent = token()
    await api.verify(sent)
    await errorOf(api.verify(token({}, { kid: `${CANARY}-other` })))
    expectClean([...looksOf(api.health()), ...looksOf(api), observer.text], sent)
    expect(JSON.stringify(api.snapshot())).toContain(KID)
    expect(JSON.stringify(api.snapshot())).not.toContain('"k"')
  })

  test.each([
    ['HTML', faults.text(`<html>${CANARY}</html>`)],
    ['JSON of another kind', faults.json({ [CANARY]: CANARY })],
    ['an error', faults.status(500, { 'x-canary': CANARY })],
    ['a redirect', faults.redirect(`https://${CANARY}.example/${CANARY}`)],
    ['a broken answer', faults.text(`{"keys":[{"${CANARY}`)],
  ])('an upstream answer of %s comes back to nobody', async (_, fault) => {
    const api = resourceServer(
      options({ issuer: { issuer: w.issuer, jwksUri: w.publish(fault) }, keys: QUICK }),
    )
    const sent = token()
    const error = await errorOf(api.verify(sent))
    expect(error).toMatchObject({ status: 503 })
    expectClean([...looksOf(error), ...looksOf(api.health()), observer.text], sent)
  })
})

describe('set-up errors', () => {
  const secret = `${CANARY}-short`
  const wrong: [string, object][] = [
    ['a short secret', { issuer: { issuer: 'https://as.example', secret } }],
    [
      'a secret beside keys',
      { issuer: { issuer: 'https://as.example', secret, jwksUri: 'https://as.example/jwks' } },
    ],
    ['a secret of a wrong type', { issuer: { issuer: 'https://as.example', secret: { value: secret } } }],
    ['an option of a wrong type', { issuer: 'https://as.example', audience: { secret } }],
    ['an URL with a password', { issuer: `https://user:${CANARY}@as.example` }],
    [
      'a private key',
      {
        issuer: {
          issuer: 'https://as.example',
          jwks: { keys: [{ ...pairOf('rs1').privateKey.export({ format: 'jwk' }), kid: CANARY }] },
        },
      },
    ],
    ['an unknown algorithm', { issuer: 'https://as.example', algorithms: [CANARY] }],
    ['a wrong place', { issuer: 'https://as.example', acceptTokenFrom: [{ header: `${CANARY} x` }] }],
  ]

  test.each(wrong)('%s: no value of an option is told [ERR-018]', (_, changes) => {
    let thrown: unknown
    try {
      resourceServer({ audience: 'https://api.example', ...changes } as never)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(ResourceServerError)
    const { d } = pairOf('rs1').privateKey.export({ format: 'jwk' })
    for (const look of looksOf(thrown)) {
      expect(look).not.toContain(CANARY)
      expect(look).not.toContain(d)
    }
  })
})
