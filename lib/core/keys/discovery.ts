/**
 * From an issuer to its `jwks_uri`, by its metadata (RFC 8414 §2). Algorithms in the metadata are
 * ignored: they cannot widen the allowed ones.
 */
import { isString, own } from '../base/own.js'
import { UpstreamError } from '../errors/upstream-error.js'
import { parseLinkedUrl } from '../net/urls.js'
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

/** Finds the place of the keys. `known` is the metadata that led to the last good keys. */
export type LocateKeys = (fetchDocument: FetchDocument, known: Metadata | undefined) => Promise<LocatedKeys>

/**
 * Reads the metadata again for each refresh of the keys. If that fails, the last good one serves
 * while it is trusted.
 */
export function discoverKeys(config: MetadataConfig): LocateKeys {
  const read: ReadMembers<Metadata> = (document, from) => {
    const jwksUri = own(document, 'jwks_uri')
    if (!isString(jwksUri)) throw new UpstreamError('jwks_uri_missing')
    const parsed = parseLinkedUrl(jwksUri, from, config.urlPolicy)
    if (parsed === undefined) throw new UpstreamError('jwks_uri_refused')
    return { jwksUri: parsed }
  }
  return async function locateKeys(fetchDocument, known) {
    try {
      const metadata = await fetchMetadata(config, known, fetchDocument, read)
      return { url: metadata.jwksUri, metadata }
    } catch (error) {
      const state = stateOf(known?.freshness, config.clocks.now())
      if (known === undefined || state === 'EXPIRED') throw error
      return { url: known.jwksUri, metadata: known }
    }
  }
}
