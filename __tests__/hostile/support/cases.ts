/**
 * Rows of hostile requests, and the checks that apply to each: the answer is as expected and has
 * one well-formed challenge, neither it nor any event reveals the request, and a good token still
 * passes.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import type { ResourceServerOptions } from 'express-resource-server'
import type { Answer, Ask } from '../../support/http.js'
import { World } from './world.js'

export type Sent = Ask | { readonly raw: string }

export interface Case {
  readonly what: string
  /** The ids of the catalogue's cases that this row covers, separated by spaces. */
  readonly ids?: string
  /** Tokens to send in the Authorization header, one after the other. */
  readonly tokens?: (w: World) => string | readonly string[]
  readonly requests?: (w: World) => Sent | readonly Sent[]
  /** Plain options for a separate resource server. */
  readonly options?: (w: World) => Partial<ResourceServerOptions>
  /** Keys published next to the good ones, at a separate URL. */
  readonly keys?: (w: World) => readonly unknown[]
  readonly scopes?: readonly string[]
  readonly status?: number
  /** `none`: an answer without an error code. */
  readonly error?: string
  /** Checks what the handler saw, for a status of 200. */
  readonly sees?: (seen: any, answer: Answer) => void
}

const CODES: Readonly<Record<number, string>> = {
  200: 'none',
  400: 'invalid_request',
  401: 'invalid_token',
  403: 'insufficient_scope',
  431: 'none',
  503: 'temporarily_unavailable',
}

export function expected({ status = 401, error = CODES[status] ?? 'none' }: Case): [number, string] {
  return [status, error]
}

/** The title holds the ids, for `npm run test:cases`. */
export function titleOf(each: Case): string {
  const [status, error] = expected(each)
  const ids = each.ids === undefined ? '' : ` [${each.ids}]`
  return `${each.what} → ${status}${error === 'none' || status >= 500 ? '' : ` ${error}`}${ids}`
}

const CHANNELS = ['accepted', 'refused', 'keys'].map((name) => `express-resource-server:${name}`)

/** Collects the events that observers receive. */
export class Observer {
  readonly events: unknown[] = []
  readonly #note = (event: unknown): void => void this.events.push(event)

  constructor() {
    for (const name of CHANNELS) subscribe(name, this.#note)
  }

  stop(): void {
    for (const name of CHANNELS) unsubscribe(name, this.#note)
  }

  get text(): string {
    return inspect(this.events, { depth: null, showHidden: true })
  }
}

/** Declares a test per row. All rows use the same world. */
export function describeCases(title: string, table: readonly Case[]): void {
  describe(title, () => {
    let world: World
    const accidents: unknown[] = []
    const note = (reason: unknown): void => void accidents.push(reason)

    beforeAll(async () => {
      process.on('unhandledRejection', note)
      world = await World.open()
    })
    afterAll(async () => {
      await world.close()
      process.off('unhandledRejection', note)
      expect(accidents).toEqual([])
    })

    test.each(table.map((each): [string, Case] => [titleOf(each), each]))('%s', async (_, each) => {
      await attack(world, each)
    })
  })
}

/** `after: false` when the caller sends a good token once, instead of after each request. */
export async function attack(world: World, each: Case, { after = true } = {}): Promise<void> {
  const path = await pathFor(world, each)
  for (const sent of requestsOf(world, each)) {
    const observer = new Observer()
    const answer = await send(world, path, sent)
    observer.stop()
    expect([each.what, answer.status, errorOf(answer)]).toEqual([each.what, ...expected(each)])
    if (answer.status !== 200) expectNothingLeaks(sent, answer, observer.text)
    expectProperForm(answer)
    each.sees?.(answer.body.seen, answer)
    if (after) await expectGoodToken(world)
  }
}

export async function expectGoodToken(world: World): Promise<void> {
  expect((await world.backend.ask({ path: '/base', token: world.token() })).status).toBe(200)
}

async function pathFor(world: World, { options, keys, scopes }: Case): Promise<string> {
  if (options === undefined && keys === undefined && scopes === undefined) return '/base'
  const issuer = keys && {
    issuer: { issuer: world.issuer, jwksUri: world.publish(keys(world)) },
  }
  return world.mount({ ...issuer, ...options?.(world) }, scopes)
}

function requestsOf(world: World, { tokens, requests }: Case): readonly Sent[] {
  const sent = requests?.(world) ?? []
  const minted = tokens?.(world) ?? []
  const asList = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T])
  return [...asList(sent), ...asList(minted).map((token): Ask => ({ token }))]
}

export function send(world: World, path: string, sent: Sent): Promise<Answer> {
  if ('raw' in sent) return world.backend.raw(sent.raw.replaceAll('{path}', path))
  return world.backend.ask({ ...sent, path: `${path}${sent.path ?? ''}` })
}

export function errorOf({ challenge, body }: Answer): string {
  return challenge?.parameters['error'] ?? body?.error ?? 'none'
}

export function expectProperForm({ status, headers, challenge, body }: Answer): void {
  if (status === 200) expect(body.added).toEqual([])
  if (status === 200 || status === 431 || headers['content-type'] === undefined) return
  expect(headers['cache-control']).toBe('no-store')
  expect(headers['content-type']).toBe('application/json')
  if (status === 503) {
    expect(challenge).toBeUndefined()
    expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1)
  } else {
    expect(challenge?.scheme).toBe('Bearer')
    expect(challenge?.parameters['error']).toBe(body.error)
  }
}

const STACK = /\bat .*[(/].*:\d+|node_modules|\.[jt]s:\d+|Error:/

export function expectNothingLeaks(sent: Sent, { headers, text }: Answer, events = ''): void {
  const wire = JSON.stringify(headers) + text
  expect(wire).not.toMatch(STACK)
  const leaked = [...secretsOf(sent)].filter((secret) => wire.includes(secret) || events.includes(secret))
  expect(leaked).toEqual([])
}

/**
 * Strings of a request that must not come back: its tokens, their parts, and the strings in their
 * JSON.
 */
function secretsOf(sent: Sent): ReadonlySet<string> {
  const text =
    'raw' in sent ? sent.raw : `${sent.path} ${sent.token} ${JSON.stringify(sent.headers)} ${sent.body}`
  const secrets = new Set<string>()
  for (const [part] of text.matchAll(/[A-Za-z0-9_-]{20,}/g)) {
    secrets.add(part)
    for (const value of valuesIn(part)) secrets.add(value)
  }
  return secrets
}

const HARMLESS =
  /^(?:https:\/\/api\.example.*|http:\/\/127\.0\.0\.1:\d+|Bearer|at\+jwt|[RE]S256|EdDSA|issuer|cache-control|.{0,4})$/

function valuesIn(part: string): string[] {
  const decoded = Buffer.from(part, 'base64url').toString()
  if (!/^\s*[{[]/.test(decoded)) return []
  return [...decoded.matchAll(/"((?:[^"\\]|\\.)*)"\s*:\s*"((?:[^"\\]|\\.)*)"/g)]
    .filter(([, name = '', value = '']) => name !== 'alg' && name !== 'scope' && !HARMLESS.test(value))
    .map(([, , value = '']) => value)
}
