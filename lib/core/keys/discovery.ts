/**
 * From an issuer to its `jwks_uri`, by its metadata (RFC 8414 §2). Algorithms in the metadata are
 * ignored: they cannot widen the allowed ones.
 */
import { isString, own } from '../base/own.js'
import { UpstreamError } from '../errors/upstream-error.js'
import { parseLinkedUrl } from '../net/urls.js'
import { BackOff, retryAfterMs } from './back-off.js'
import type { FetchDocument } from './flight.js'
import { fetchMetadata } from './metadata.js'
import type { FetchedMetadata, MetadataConfig, ReadMembers } from './metadata.js'
import { stateOf } from './state.js'

/** The members of an accepted metadata document that matter here. */
export interface Metadata extends FetchedMetadata {
  readonly jwksUri: URL
}

export interface LocatedKeys {
  readonly url: URL
  readonly metadata: Metadata | undefined
}

export interface KeysSought {
  /** The metadata that led to the last good keys. */
  readonly known: Metadata | undefined
  /** Ignores the pause after a failure. */
  readonly isForced: boolean
}

/** Finds the place of the keys. */
export type LocateKeys = (fetchDocument: FetchDocument, sought: KeysSought) => Promise<LocatedKeys>

/**
 * Reads the metadata again for each refresh of the keys. If that fails, the last good one serves
 * while it is trusted, and pauses grow as for keys: good keys do not end them.
 */
export function discoverKeys(config: MetadataConfig): LocateKeys {
  const backOff = new BackOff(config.limits.staleMs)
  const read: ReadMembers<Metadata> = (document, from) => {
    const jwksUri = own(document, 'jwks_uri')
    if (!isString(jwksUri)) throw new UpstreamError('jwks_uri_missing')
    const parsed = parseLinkedUrl(jwksUri, from, config.urlPolicy)
    if (parsed === undefined) throw new UpstreamError('jwks_uri_refused')
    return { jwksUri: parsed }
  }
  return async function locateKeys(fetchDocument, { known, isForced }) {
    const serving = trusted(known, config)
    const isPaused = !isForced && backOff.waitMs(config.clocks.monotonicMs(), true) > 0
    if (isPaused && serving !== undefined) return serving
    try {
      const metadata = await fetchMetadata(config, known, fetchDocument, read)
      backOff.reset()
      return { url: metadata.jwksUri, metadata }
    } catch (error) {
      const { epochMs, monotonicMs } = config.clocks.now()
      const retryAfter = error instanceof UpstreamError ? error.retryAfter : undefined
      backOff.failed(monotonicMs, retryAfterMs(retryAfter, epochMs), Math.random())
      const bridge = trusted(known, config)
      if (bridge === undefined) throw error
      return bridge
    }
  }
}

function trusted(known: Metadata | undefined, { clocks }: MetadataConfig): LocatedKeys | undefined {
  if (known === undefined || stateOf(known.freshness, clocks.now()) === 'EXPIRED') return undefined
  return { url: known.jwksUri, metadata: known }
}
