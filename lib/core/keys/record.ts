/** The last accepted document of a key source, and how the next one comes about. RFC 7517 §5. */
import type { Clocks } from '../clock.js'
import type { LocateKeys } from '../discovery.js'
import { UpstreamError } from '../fetch-json.js'
import type { Validators } from '../fetch-json.js'
import type { Transport } from '../transport.js'
import { parseKeySet } from './document.js'
import type { KeyIndex } from './document.js'
import type { FetchDocument } from './flight.js'
import type { KeySetHealth } from './key-set.js'
import { ttlMs } from './limits.js'
import type { KeyLimits } from './limits.js'
import { freshness } from './state.js'
import type { Freshness } from './state.js'

export interface RemoteKeySetConfig {
  readonly locate: LocateKeys
  readonly limits: KeyLimits
  readonly transport: Transport
  readonly clocks: Clocks
}

export interface KeyRecord {
  readonly index: KeyIndex
  /** Another number means another document: who searched the one before may search again. */
  readonly generation: number
  readonly freshness: Freshness
  readonly url: string
  readonly validators: Validators
}

/** Whatever is not a good document rejects, so that the known one stays. */
export async function fetchKeyRecord(
  { locate, limits, clocks }: RemoteKeySetConfig,
  known: KeyRecord | undefined,
  nextGeneration: number,
  fetchDocument: FetchDocument,
): Promise<KeyRecord> {
  const url = await locate(fetchDocument)
  const answer = await fetchDocument(url, known?.url === url.href ? known.validators : undefined)
  const fresh = freshness(
    clocks.now(),
    { ttlMs: ttlMs(limits, answer), staleMs: limits.staleMs },
    Math.random(),
  )
  if (answer.document === undefined && known !== undefined) return { ...known, freshness: fresh }
  const index = parseKeySet(answer.document?.json, limits.maxKeys, known?.index.keys)
  if (typeof index === 'string') throw new UpstreamError(index)
  return { index, generation: nextGeneration, freshness: fresh, url: url.href, validators: answer.validators }
}

export function wasLoadedWithin(ms: number, record: KeyRecord | undefined, nowMs: number): boolean {
  return record !== undefined && nowMs - record.freshness.loadedAt.monotonicMs < ms
}

export function describeRecord(
  record: KeyRecord | undefined,
  nowMs: number,
): Pick<KeySetHealth, 'generation' | 'keyCount' | 'ageSeconds'> {
  if (record === undefined) return { generation: 0, keyCount: 0 }
  const { index, generation, freshness: fresh } = record
  return { generation, keyCount: index.keys.size, ageSeconds: (nowMs - fresh.loadedAt.monotonicMs) / 1000 }
}
