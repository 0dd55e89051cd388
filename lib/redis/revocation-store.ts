/** Revocations in Redis, of which every process hears within a second. */
import { isString } from '../core/base/own.js'
import { parseRevocation } from '../core/options/revocation.js'
import { parseJson } from '../core/base/strict-json.js'
import { RevocationList } from '../core/stores/revocation-list.js'
import type { MaybePromise } from '../core/base/maybe-promise.js'
import type { RevocableToken, Revocation } from '../core/stores/revocation-store.js'
import { isIssuedBy, targetOf, targetsOf } from '../core/stores/revocation-targets.js'
import type { Connection } from './connection.js'
import { Flights } from './flights.js'
import { KnownTokens, nameOf } from './known-tokens.js'
import type { RedisSettings } from './replay-store.js'
import { RevocationFeed } from './revocation-feed.js'
import type { RedisRevocations } from './types.js'
import { WriteBack } from './write-back.js'

const MAX_ENTRIES = 1_000_000
/** Tokens that are new to this process are read one by one. */
const MAX_UNANSWERED = 5000

interface Answer {
  /** The latest date; `-Infinity` if there is none. */
  readonly before: number
  readonly beforeTtlMs: number
  readonly alwaysTtlMs: number
}

/**
 * All keys share one hash tag, so that one node of a cluster writes, counts and publishes in order.
 * Each target has up to two sorted sets of one member: the latest date up to which its tokens are
 * revoked, and the mark that all of them are. Two processes may write at once: neither date nor end
 * ever falls.
 */
export class RedisRevocationStore implements RedisRevocations {
  readonly #connection: Connection
  readonly #flights: Flights
  readonly #base: string
  readonly #feed: RevocationFeed
  readonly #list = new RevocationList(MAX_ENTRIES)
  readonly #known = new KnownTokens()
  /** By the names of the tokens. */
  readonly #reads = new Map<string, Promise<boolean>>()
  readonly #writeBack = new WriteBack((key) => this.#writeAgain(key))

  constructor(connection: Connection, { prefix, timeoutMs }: RedisSettings) {
    this.#connection = connection
    this.#base = `${prefix}{revocations}:`
    this.#flights = new Flights(timeoutMs, undefined, MAX_UNANSWERED)
    this.#feed = new RevocationFeed({
      connection,
      flights: new Flights(timeoutMs),
      channel: `${this.#base}messages`,
      counter: `${this.#base}count`,
      origin: `${this.#base}origin`,
      onMessage: (message) => {
        this.#take(message)
      },
      // Each process tells Redis what it knows.
      onLoss: () => {
        this.#writeBack.start([...this.#list.keys()])
      },
      onBeat: () => {
        this.#writeBack.goOn()
      },
    })
  }

  isRevoked(token: RevocableToken): MaybePromise<boolean> {
    const answer = this.#list.ask(token)
    if (answer === 'revoked') return true
    this.#feed.start()
    const { epoch } = this.#feed
    if (answer === 'not listed' && epoch !== undefined && this.#known.has(token, epoch)) return false
    return this.#readOnce(token)
  }

  async revoke(revocation: Revocation): Promise<void> {
    const { issuer, kind, value, before, forSeconds } = parseRevocation(revocation)
    const { key } = targetOf(issuer, kind, value)
    this.#add(key, before, forSeconds)
    this.#feed.start()
    await this.#write(key, before, forSeconds)
  }

  close(): void {
    this.#feed.close()
  }

  /** What does not fit in is read from Redis. */
  #add(key: string, before: number, forSeconds: number): void {
    this.#list.add({ key, group: '' }, before, forSeconds)
  }

  #take(message: string): void {
    const parts = parseJson(message)
    const [key, before, ttlMs] = Array.isArray(parts) ? (parts as readonly unknown[]) : []
    if (!isString(key) || typeof ttlMs !== 'number') return
    this.#add(key, typeof before === 'number' ? before : Infinity, ttlMs / 1000)
  }

  /** Requests with one token share one read. */
  #readOnce(token: RevocableToken): Promise<boolean> {
    const name = nameOf(token)
    const pending = this.#reads.get(name)
    if (pending !== undefined) return pending
    const read = this.#read(token, name).finally(() => this.#reads.delete(name))
    this.#reads.set(name, read)
    return read
  }

  async #read(token: RevocableToken, name: string): Promise<boolean> {
    const { epoch } = this.#feed
    const targets = targetsOf(token)
    if (targets.length === 0) return false
    const transaction = this.#transaction()
    for (const { key } of targets)
      transaction.score(this.#beforeKey(key)).ttlMs(this.#beforeKey(key)).ttlMs(this.#alwaysKey(key))
    const answers = await this.#flights.run(() => transaction.exec())
    const isRevoked = targets.map(({ key }, index) =>
      this.#takeAnswer(token, key, parseAnswer(answers.slice(3 * index, 3 * index + 3))),
    )
    if (isRevoked.includes(true)) return true
    if (epoch !== undefined) this.#known.add(token, name, epoch)
    return this.#list.ask(token) === 'revoked'
  }

  #takeAnswer(token: RevocableToken, key: string, { before, beforeTtlMs, alwaysTtlMs }: Answer): boolean {
    const isDated = beforeTtlMs > 0 && isIssuedBy(before, token)
    if (isDated) this.#add(key, before, beforeTtlMs / 1000)
    if (alwaysTtlMs > 0) this.#add(key, Infinity, alwaysTtlMs / 1000)
    return isDated || alwaysTtlMs > 0
  }

  async #write(key: string, before: number, forSeconds: number): Promise<void> {
    const isDated = before !== Infinity
    const place = isDated ? this.#beforeKey(key) : this.#alwaysKey(key)
    const ttlMs = Math.ceil(forSeconds * 1000)
    const transaction = this.#transaction()
    const message = await this.#feed.toMessage(JSON.stringify([key, isDated ? before : null, ttlMs]))
    transaction
      .raiseScore(place, isDated ? before : 0)
      .keepFor(place, ttlMs)
      .increment(`${this.#base}count`)
      .publish(`${this.#base}messages`, message)
    await this.#flights.run(() => transaction.exec())
  }

  async #writeAgain(key: string): Promise<void> {
    for (const [, before, forSeconds] of [...this.#list.live([key])])
      await this.#write(key, before, forSeconds)
  }

  #transaction(): ReturnType<Connection['transaction']> {
    if (!this.#connection.isReady()) throw new Error('The Redis client is not connected')
    return this.#connection.transaction()
  }

  #beforeKey(key: string): string {
    return `${this.#base}before:${key}`
  }

  #alwaysKey(key: string): string {
    return `${this.#base}always:${key}`
  }
}

/** Clients can be told to give numbers as texts. */
function parseAnswer([score, beforeTtl, alwaysTtl]: readonly unknown[]): Answer {
  const before = score === null ? -Infinity : Number(score)
  const beforeTtlMs = Number(beforeTtl)
  const alwaysTtlMs = Number(alwaysTtl)
  if (Number.isNaN(before) || !(beforeTtlMs >= -2) || !(alwaysTtlMs >= -2))
    throw new TypeError('Redis gave an answer that this package does not know')
  return { before, beforeTtlMs, alwaysTtlMs }
}
