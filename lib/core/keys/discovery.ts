/**
 * From an issuer to its `jwks_uri`: OpenID Connect Discovery 1.0 §4 and RFC 8414 §3 and §5, in this
 * order because the large providers serve only the first. The issuer in the document must equal the
 * configured one (RFC 8414 §3.3). Algorithms in the metadata are ignored: they cannot widen the
 * allowed ones.
 */
import type { Clocks } from '../base/clock.js'
import { UpstreamError } from '../errors/upstream-error.js'
import type { JsonAnswer, Validators } from '../net/fetch-json.js'
import type { FetchDocument } from './flight.js'
import { ttlMs } from './limits.js'
import type { KeyLimits } from './limits.js'
import { freshness, stateOf } from './state.js'
import type { Freshness } from './state.js'
import { isObject, own } from '../base/own.js'
import { parseLinkedUrl } from '../net/urls.js'
import type { UrlPolicy } from '../net/urls.js'

/** The members of an accepted metadata document that matter here. */
export interface Metadata {
  readonly jwksUri: URL
  readonly url: URL
  readonly validators: Validators
  readonly freshness: Freshness
}

export interface LocatedKeys {
  readonly url: URL
  readonly metadata: Metadata | undefined
}

/** Finds the place of the keys. `known` is the metadata that led to the last good keys. */
export type LocateKeys = (fetchDocument: FetchDocument, known: Metadata | undefined) => Promise<LocatedKeys>

export interface DiscoveryConfig {
  readonly issuer: string
  /** Default: the well-known places. */
  readonly metadataUrl: URL | undefined
  readonly urlPolicy: UrlPolicy
  readonly limits: KeyLimits
  readonly clocks: Clocks
}

/**
 * Reads the metadata again for each refresh of the keys. If that fails, the last good one serves
 * while it is trusted.
 */
export function discoverKeys(config: DiscoveryConfig): LocateKeys {
  return async function locateKeys(fetchDocument, known) {
    try {
      const metadata = await fetchMetadata(config, known, fetchDocument)
      return { url: metadata.jwksUri, metadata }
    } catch (error) {
      const state = stateOf(known?.freshness, config.clocks.now())
      if (known === undefined || state === 'EXPIRED') throw error
      return { url: known.jwksUri, metadata: known }
    }
  }
}

/**
 * The well-known places of an issuer's metadata. A final slash is dropped, as both specifications
 * ask.
 */
export function metadataUrls(issuer: URL): readonly URL[] {
  const path = issuer.pathname.replace(/\/$/, '')
  const oauth = atPath(issuer, `/.well-known/oauth-authorization-server${path}`)
  const openId = atPath(issuer, `${path}/.well-known/openid-configuration`)
  if (path === '') return [openId, oauth]
  return [openId, oauth, atPath(issuer, `/.well-known/openid-configuration${path}`)]
}

/** Does not resolve a reference: a path that begins with two slashes would name another host. */
function atPath({ origin }: URL, path: string): URL {
  return Object.assign(new URL(origin), { pathname: path })
}

/** The place of the known metadata comes first. */
function placesOf({ issuer, metadataUrl }: DiscoveryConfig, known: Metadata | undefined): readonly URL[] {
  if (metadataUrl !== undefined) return [metadataUrl]
  const places = metadataUrls(new URL(issuer))
  const isKnown = (url: URL): boolean => url.href === known?.url.href
  return [...places.filter(isKnown), ...places.filter((url) => !isKnown(url))]
}

async function fetchMetadata(
  config: DiscoveryConfig,
  known: Metadata | undefined,
  fetchDocument: FetchDocument,
): Promise<Metadata> {
  const failures: unknown[] = []
  for (const url of placesOf(config, known)) {
    const same = known?.url.href === url.href ? known : undefined
    try {
      const answer = await fetchDocument(url, same?.validators)
      return accept(config, { answer, url, known: same })
    } catch (error) {
      failures.push(error)
      // The rest of the flight's time is for the keys.
      if (error instanceof UpstreamError && error.problem === 'timeout') break
    }
  }
  if (failures.every(isNotFound)) throw new UpstreamError('metadata_not_found', { status: 404 })
  throw failures.find((failure) => !isClientError(failure)) ?? failures[0]
}

/** Says little: many servers answer 401 or 403 for a place that does not exist. */
function isClientError(failure: unknown): boolean {
  return failure instanceof UpstreamError && failure.status !== undefined && failure.status < 500
}

function isNotFound(failure: unknown): boolean {
  return failure instanceof UpstreamError && failure.status === 404
}

interface Candidate {
  readonly answer: JsonAnswer
  readonly url: URL
  readonly known: Metadata | undefined
}

function accept(config: DiscoveryConfig, { answer, url, known }: Candidate): Metadata {
  const limits = {
    ttlMs: ttlMs(config.limits, answer, answer.document === undefined ? known?.freshness.ttlMs : undefined),
    staleMs: config.limits.staleMs,
  }
  const fresh = freshness(config.clocks.now(), limits, 0)
  if (answer.document === undefined && known !== undefined) return { ...known, freshness: fresh }
  const json = answer.document?.json
  if (!isObject(json) || own(json, 'issuer') !== config.issuer) throw new UpstreamError('issuer_mismatch')
  const jwksUri = own(json, 'jwks_uri')
  if (typeof jwksUri !== 'string') throw new UpstreamError('jwks_uri_missing')
  const parsed = parseLinkedUrl(jwksUri, url, config.urlPolicy)
  if (parsed === undefined) throw new UpstreamError('jwks_uri_refused')
  return { jwksUri: parsed, url, validators: answer.validators, freshness: fresh }
}
