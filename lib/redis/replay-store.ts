/** A replay store in Redis, which notices when Redis has lost keys. RFC 9449 §11.1. */
import { randomUUID } from 'node:crypto'
import { MAX_CLOCK_DIFFERENCE_SECONDS } from '../core/stores/replay-store.js'
import type { ReplayAnswer, ReplayStore } from '../core/stores/replay-store.js'
import { TEN_YEARS_MS, toText } from './connection.js'
import type { Connection } from './connection.js'
import { Flights } from './flights.js'

export interface RedisSettings {
  readonly prefix: string
  readonly timeoutMs: number
}

/** Keys and births are spread over the slots of a cluster by the hash tags `{0}` to `{15}`. */
const TAGS = 16
const NEWBORN_SECONDS = 1
const UNKNOWN_HISTORY = 'unknown'
const UNKNOWN_TTL_MS = 1000

interface Slot {
  readonly prefix: string
  readonly flights: Flights
  /** The `master_replid` of the answer before. A server that starts or becomes master has a new one. */
  history: string
}

interface Entry {
  readonly key: string
  readonly ttlMs: number
}

interface Answer {
  readonly isNew: boolean
  readonly birth: string
  readonly ttlMs: number
  readonly history: string
}

/**
 * Next to the keys is their birth: a key that the first transaction sets that finds none. A flush
 * removes it with the keys. Its name holds the `master_replid`, so a restart or a fail-over brings a
 * new birth, even if a snapshot or a replica has the old one. The age is what is gone of the birth's
 * time to live, in the time of Redis: no clock of a process counts, nor how long a client keeps a
 * command before it sends it.
 */
export class RedisReplayStore implements ReplayStore {
  readonly #connection: Connection
  readonly #slots: readonly Slot[]
  #isTouching = false

  constructor(connection: Connection, { prefix, timeoutMs }: RedisSettings) {
    this.#connection = connection
    this.#slots = Array.from({ length: TAGS }, (_, tag) => ({
      prefix: `${prefix}{${String(tag)}}:`,
      flights: new Flights(timeoutMs),
      history: UNKNOWN_HISTORY,
    }))
    connection.onReady(() => void this.#touchAll())
  }

  async add(key: string, ttlSeconds: number): Promise<boolean> {
    return (await this.addWithAge(key, ttlSeconds)).isNew
  }

  async addWithAge(key: string, ttlSeconds: number): Promise<ReplayAnswer> {
    const slot = this.#slotOf(key)
    // The other processes may count the seconds by a clock that is slower.
    const ttlMs = Math.ceil((ttlSeconds + MAX_CLOCK_DIFFERENCE_SECONDS) * 1000)
    const answer = await this.#ask(slot, { key: `${slot.prefix}proof:${key}`, ttlMs })
    const ageSeconds = Math.max(0, TEN_YEARS_MS - answer.ttlMs) / 1000
    if (ageSeconds < NEWBORN_SECONDS) void this.#touchAll()
    return { isNew: answer.isNew, ageSeconds, birth: answer.birth }
  }

  /** All tags are born together, so that not each of them refuses proofs when it is first needed. */
  async #touchAll(): Promise<void> {
    if (this.#isTouching) return
    this.#isTouching = true
    await Promise.allSettled(
      this.#slots.map((slot) => this.#ask(slot, { key: `${slot.prefix}touched`, ttlMs: 1 })),
    )
    this.#isTouching = false
  }

  #slotOf(key: string): Slot {
    const slot = this.#slots[((key.charCodeAt(0) || 0) + (key.charCodeAt(1) || 0)) % TAGS]
    if (slot === undefined) throw new RangeError('There is no such slot')
    return slot
  }

  async #ask(slot: Slot, entry: Entry): Promise<Answer> {
    const expected = slot.history
    const first = await this.#transact(slot, entry)
    if (first.history === expected) return first
    // The first answer alone says whether the key is new, the second how old the data are.
    slot.history = first.history
    const second = await this.#transact(slot, entry)
    if (second.history !== first.history) throw new Error('Redis was replaced by another server')
    return { ...second, isNew: first.isNew }
  }

  async #transact({ prefix, flights, history }: Slot, { key, ttlMs }: Entry): Promise<Answer> {
    if (!this.#connection.isReady()) throw new Error('The Redis client is not connected')
    const birth = `${prefix}birth:${history}`
    const birthTtlMs = history === UNKNOWN_HISTORY ? UNKNOWN_TTL_MS : TEN_YEARS_MS
    return flights.run(async () =>
      parseAnswer(
        await this.#connection
          .transaction()
          .setOnce(key, '1', ttlMs)
          .setOnce(birth, randomUUID(), birthTtlMs)
          .get(birth)
          .ttlMs(birth)
          .replicationInfo()
          .exec(),
      ),
    )
  }
}

/** Clients can be told to give numbers as texts. */
function parseAnswer([added, , value, left, info]: readonly unknown[]): Answer {
  const ttlMs = Number(left)
  const replication = toText(info)
  const history = /^master_replid:(\w+)/m.exec(replication)?.[1]
  const isNew = toText(added) === 'OK'
  const birth = toText(value)
  if (!/^role:master/m.test(replication)) throw new Error('Redis says that it is not a master')
  if ((!isNew && added !== null) || !(ttlMs > 0) || history === undefined || birth === '')
    throw new TypeError('Redis gave an answer that this package does not know')
  return { isNew, birth, ttlMs, history }
}
