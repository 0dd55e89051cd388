/**
 * What was purged in this process, and when, so that neither a snapshot nor a key source of another
 * server brings purged keys back. Remembers also what is gone from memory, such as the keys of a
 * tenant that was forgotten or of a server that was closed.
 */
import { randomUUID } from 'node:crypto'
import type { Clocks, Instant } from '../base/clock.js'

interface Purge {
  readonly id: string
  readonly at: Instant
  readonly clocks: Clocks
  /** Grows with each purge of this process. */
  readonly serial: number
}

/** Keys from another process. */
export interface GivenKeysOrigin {
  /** Their issuer, and the URLs where they come from. */
  readonly names: readonly string[]
  /** When their fetch began, in milliseconds since 1970. */
  readonly fetchedAtMs: number
  /** The `purgeId()` when their fetch began. */
  readonly purgeId: unknown
  /** The `purgeSerial()` when this process was given them. */
  readonly givenAt: number
}

const MAX_NAMES = 1000
/** The clocks of two machines differ a little. */
const MAX_DRIFT_MS = 60_000

const byName = new Map<string, Purge>()
/** Of all names, known or not. */
let ofAll: Purge | undefined
let serial = 0

/** The number of purges in this process. */
export function purgeSerial(): number {
  return serial
}

/** Notes a purge of these issuers and URLs; without `names`, of all. */
export function notePurge(clocks: Clocks, names?: Iterable<string>): void {
  const purge = { id: randomUUID(), at: clocks.now(), clocks, serial: ++serial }
  if (names === undefined) {
    ofAll = purge
    byName.clear()
    return
  }
  for (const name of names) {
    byName.delete(name)
    byName.set(name, purge)
  }
  forgetOldest()
}

/** Whether any of these was purged after the moment of this serial. */
export function wasPurgedSince(fetchedSerial: number, names: readonly string[]): boolean {
  return (lastPurge(names)?.serial ?? 0) > fetchedSerial
}

/** Names the last purge of any of these, if keys fetched at the moment of this serial came after it. */
export function purgeId(fetchedSerial: number, names: readonly string[]): string | undefined {
  return wasPurgedSince(fetchedSerial, names) ? undefined : lastPurge(names)?.id
}

/**
 * Whether keys from another process may have been fetched before they were purged here. If the
 * clocks cannot tell, they may have been.
 */
export function mayBePurged(keys: GivenKeysOrigin, clocks: Clocks): boolean {
  const purge = lastPurge(keys.names)
  if (purge === undefined) return false
  if (purge.serial > keys.givenAt) return true
  if (keys.purgeId === purge.id) return false
  if (!(keys.fetchedAtMs - purge.at.epochMs > MAX_DRIFT_MS)) return true
  const now = clocks.now()
  const ageMs = now.epochMs - keys.fetchedAtMs
  // The wall clock may have been wrong at the purge: the keys must be younger by the other one, too.
  return purge.clocks.isSame(clocks) && !(now.monotonicMs - purge.at.monotonicMs - ageMs > MAX_DRIFT_MS)
}

function lastPurge(names: readonly string[]): Purge | undefined {
  let last = ofAll
  for (const name of names) {
    const purge = byName.get(name)
    if (purge !== undefined && purge.serial > (last?.serial ?? 0)) last = purge
  }
  return last
}

/** What is forgotten by name counts as purged for all. */
function forgetOldest(): void {
  for (const [name, purge] of byName) {
    if (byName.size <= MAX_NAMES) return
    byName.delete(name)
    if (purge.serial > (ofAll?.serial ?? 0)) ofAll = purge
  }
}
