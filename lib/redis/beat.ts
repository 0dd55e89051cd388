/** What a beat of the feed of revocations finds out: how many there are, and of which data. */
import { toText } from './connection.js'

/** What Redis says about its data at one moment. */
export interface Published {
  readonly total: number
  /** Empty where there is none yet. */
  readonly origin: string
  /** Another text after each loss of data. */
  readonly history: string
}

/** What a beat found out: the messages that were published before it, and those that arrived before it. */
export interface Beat {
  readonly sentMs: number
  published?: Published | undefined
  arrived?: number
}

/** `undefined` unless a master answered. */
export function parsePublished([total, origin, info]: readonly unknown[]): Published | undefined {
  const replication = toText(info)
  const server = /^master_replid:(\w+)/m.exec(replication)?.[1]
  const isMaster = /^role:master/m.test(replication)
  if (server === undefined || !isMaster) return undefined
  const ofData = toText(origin)
  return { total: Number(total ?? 0), origin: ofData, history: `${ofData} ${server}` }
}
