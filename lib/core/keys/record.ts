/** The last accepted document of a key source, and how the next one is fetched. RFC 7517 §5. */
import type { Clocks, Instant } from '../base/clock.js'
import type { LocateKeys, Metadata } from './discovery.js'
import { UpstreamError } from '../errors/upstream-error.js'
import type { UpstreamSource } from '../errors/upstream-error.js'
import type { JsonAnswer, Validators } from '../net/fetch-json.js'
import type { JsonObject } from '../base/own.js'
import type { Transport } from '../net/transport.js'
import { readKeySet } from '../jws/jwk-set.js'
import type { KeyIndex } from '../jws/jwk-set.js'
import type { FetchDocument } from './flight.js'
import { ttlMs } from './limits.js'
import type { KeyLimits } from './limits.js'
import { publicMembers } from '../jws/public-members.js'
import { purgeSerial } from './purges.js'
import { freshness } from './state.js'
import type { Freshness } from './state.js'

export interface RemoteKeySetConfig {
  /** The `jwksUri`, the `metadataUrl` or the issuer, as configured. */
  readonly place: string
  /** The issuer and the place: a purge of either ends these keys. */
  readonly names: readonly string[]
  /** For messages; `undefined` for an issuer of a resolver, which tokens name. */
  readonly source?: UpstreamSource | undefined
  readonly locate: LocateKeys
  readonly limits: KeyLimits
  readonly transport: Transport
  readonly clocks: Clocks
}

export interface KeyRecord {
  readonly index: KeyIndex
  /** The public members of the document, for a snapshot. */
  readonly jwks: readonly JsonObject[]
  /**
   * Another number means another document, so that callers who searched the last one search again.
   */
  readonly generation: number
  readonly freshness: Freshness
  /** When the fetch began. */
  readonly fetchedAt: Instant
  /** The number of purges in this process when the fetch began. */
  readonly fetchedSerial: number
  readonly url: string
  readonly validators: Validators
  readonly metadata: Metadata | undefined
}

/** The record that a fetch may confirm or replace. */
export interface Renewal {
  readonly known: KeyRecord | undefined
  readonly nextGeneration: number
  /** Ignores the pause after a failure to fetch metadata. */
  readonly isForced: boolean
}

/** Rejects for anything but a good document, so that the known one stays. */
export async function fetchKeyRecord(
  config: RemoteKeySetConfig,
  { known, nextGeneration, isForced }: Renewal,
  fetchDocument: FetchDocument,
): Promise<KeyRecord> {
  const begun = { fetchedAt: config.clocks.now(), fetchedSerial: purgeSerial() }
  const { url, metadata } = await config.locate(fetchDocument, { known: known?.metadata, isForced })
  const same = known?.url === url.href ? known : undefined
  const answer = await fetchDocument(url, same?.validators)
  if (answer.document === undefined && same !== undefined) {
    return { ...same, ...begun, metadata, freshness: renewed(config, answer, same.freshness.ttlMs) }
  }
  const document = answer.document?.json
  const index = readKeySet(document, config.limits.maxKeys, known?.index)
  if (typeof index === 'string') throw new UpstreamError(index)
  if (index.keys.size === 0) throw new UpstreamError('no_usable_key', { dropped: index.dropped })
  return {
    ...begun,
    index,
    jwks: publicMembers(document),
    generation: nextGeneration,
    freshness: renewed(config, answer),
    url: url.href,
    validators: answer.validators,
    metadata,
  }
}

function renewed({ limits, clocks }: RemoteKeySetConfig, answer: JsonAnswer, knownTtlMs?: number): Freshness {
  const bounds = { ttlMs: ttlMs(limits, answer, knownTtlMs), staleMs: limits.staleMs }
  return freshness(clocks.now(), bounds, Math.random())
}

export function wasLoadedWithin(ms: number, record: KeyRecord | undefined, nowMs: number): boolean {
  return record !== undefined && nowMs - record.freshness.loadedAt.monotonicMs < ms
}
