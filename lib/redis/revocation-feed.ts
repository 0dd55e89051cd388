/** What other processes publish, and whether all of it arrives: pub/sub itself loses messages silently. */
import { randomUUID } from 'node:crypto'
import { parsePublished } from './beat.js'
import type { Beat } from './beat.js'
import { ignore, TEN_YEARS_MS, toText } from './connection.js'
import type { Connection, Subscription } from './connection.js'
import type { Flights } from './flights.js'

export interface FeedSettings {
  readonly connection: Connection
  readonly flights: Flights
  /** Of the messages. */
  readonly channel: string
  /** The key that counts the messages ever published. */
  readonly counter: string
  /** The key with a random text that belongs to the data. */
  readonly origin: string
  readonly onMessage: (message: string) => void
  /** Called when Redis was restarted or flushed, or failed over, and may have forgotten. */
  readonly onLoss: () => void
  /** Called four times a second while the client is connected. */
  readonly onBeat: () => void
}

const BEAT_INTERVAL_MS = 250
/** How old the knowledge of this process may be. */
const FRESH_MS = 1000
const RESUBSCRIBE_MS = 5000
const MAX_BEATS = 40

const ORIGIN_LENGTH = randomUUID().length

/**
 * Publishes a beat to itself four times a second, in one transaction that also reads how many messages
 * there have been. Redis keeps the order, so once the beat has arrived, so has everything before it.
 * If the numbers differ, messages or data were lost: then a new epoch begins.
 *
 * Pub/sub knows neither the databases of a server nor the `keyPrefix` of ioredis, so other applications
 * may publish on the same channel. Messages begin with the origin of their data. Those of another origin
 * are ignored and not counted. A process that does not know the origin yet misses messages and notices.
 */
export class RevocationFeed {
  readonly #settings: FeedSettings
  readonly #beatChannel: string
  readonly #beats = new Map<number, Beat>()
  #timer: NodeJS.Timeout | undefined
  #subscription: Subscription | undefined
  #subscribedMs = 0
  #number = 0
  #arrived = 0
  /** Messages published that never arrived, most of them before this process began to listen. */
  #missed: number | undefined
  #history: string | undefined
  #origin: string | undefined
  #freshUntilMs = 0
  #epoch = 0

  constructor(settings: FeedSettings) {
    this.#settings = settings
    this.#beatChannel = `${settings.channel}:${randomUUID()}`
  }

  /** Another number after each loss; `undefined` while messages may be missing. */
  get epoch(): number | undefined {
    return performance.now() < this.#freshUntilMs ? this.#epoch : undefined
  }

  /** Reaches the processes that share the data. To be published in the transaction that counts it. */
  async toMessage(content: string): Promise<string> {
    return (this.#origin ?? (await this.#findOrigin())) + content
  }

  start(): void {
    if (this.#timer !== undefined) return
    this.#timer = setInterval(() => {
      this.#beat()
    }, BEAT_INTERVAL_MS).unref()
    this.#beat()
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#unsubscribe()
    this.#freshUntilMs = 0
  }

  async #findOrigin(): Promise<string> {
    const { connection, flights, origin } = this.#settings
    const send = async (): Promise<readonly unknown[]> =>
      connection.transaction().setOnce(origin, randomUUID(), TEN_YEARS_MS).get(origin).exec()
    const text = toText((await flights.run(send))[1])
    if (text === '') throw new TypeError('Redis gave an answer that this package does not know')
    return text
  }

  #unsubscribe(): void {
    const subscription = this.#subscription
    this.#subscription = undefined
    this.#beats.clear()
    subscription?.close()
  }

  #beat(): void {
    const { connection } = this.#settings
    try {
      if (connection.isClosed()) this.close()
      else if (connection.isReady()) {
        this.#settings.onBeat()
        this.#send()
      }
      // A client of ioredis that is closed while Redis is away never says so, and the subscription would
      // go on reconnecting.
      else this.#unsubscribe()
    } catch {
      // Without beats, each token is asked about. The requests report what is wrong.
    }
  }

  #send(): void {
    const { connection, flights, counter, origin } = this.#settings
    this.#keepSubscribed()
    const number = ++this.#number
    const beat: Beat = { sentMs: performance.now() }
    this.#beats.set(number, beat)
    this.#beats.delete(number - MAX_BEATS)
    const send = async (): Promise<readonly unknown[]> =>
      connection
        .transaction()
        .get(counter)
        .get(origin)
        .replicationInfo()
        .publish(this.#beatChannel, String(number))
        .exec()
    flights.run(send).then(
      (answers) => {
        beat.published = parsePublished(answers)
        this.#judge(number, beat)
      },
      () => this.#beats.delete(number),
    )
  }

  #keepSubscribed(): void {
    const nowMs = performance.now()
    const isSilent = nowMs - Math.max(this.#subscribedMs, this.#freshUntilMs) > RESUBSCRIBE_MS
    if (isSilent) this.#unsubscribe()
    if (this.#subscription !== undefined) return
    this.#subscribedMs = nowMs
    const { connection, channel } = this.#settings
    this.#subscription = connection.subscribe([channel, this.#beatChannel], (from, message) => {
      this.#take(from, message)
    })
  }

  #take(channel: string, message: string): void {
    if (channel !== this.#beatChannel) {
      if (message.slice(0, ORIGIN_LENGTH) !== this.#origin) return
      this.#arrived++
      this.#settings.onMessage(message.slice(ORIGIN_LENGTH))
      return
    }
    const beat = this.#beats.get(Number(message))
    if (beat === undefined) return
    beat.arrived = this.#arrived
    this.#judge(Number(message), beat)
  }

  /** A beat's answer and its message come by two connections, in any order. */
  #judge(number: number, { sentMs, published, arrived }: Beat): void {
    if (published === undefined || arrived === undefined) return
    for (const each of this.#beats.keys()) if (each <= number) this.#beats.delete(each)
    if (published.origin === '') {
      this.#findOrigin().catch(ignore)
      return
    }
    const missed = published.total - arrived
    const isFirst = this.#missed === undefined
    const hasLostData = !isFirst && (published.history !== this.#history || missed < (this.#missed ?? 0))
    if (missed !== this.#missed || hasLostData) this.#epoch++
    this.#missed = missed
    this.#history = published.history
    this.#origin = published.origin
    this.#freshUntilMs = Math.max(this.#freshUntilMs, sentMs + FRESH_MS)
    if (hasLostData) this.#settings.onLoss()
  }
}
