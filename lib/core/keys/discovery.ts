/**
 * From an issuer to its `jwks_uri`: OpenID Connect Discovery 1.0 §4 and RFC 8414 §3, tried in this order because the
 * large providers serve the first alone. The issuer in the document must be the one asked for, by exact comparison
 * (RFC 8414 §3.3). What the metadata says of algorithms is ignored: it cannot widen what is allowed here.
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

/** An accepted metadata document: what matters of it here. */
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

/** Says where the keys are, asking the issuer where need be. `known` is the metadata that led to the last good keys. */
export type LocateKeys = (fetchDocument: FetchDocument, known: Metadata | undefined) => Promise<LocatedKeys>

export interface DiscoveryConfig {
  readonly issuer: string
  /** Where the metadata is; default: the well-known places. */
  readonly metadataUrl: URL | undefined
  readonly urlPolicy: UrlPolicy
  readonly limits: KeyLimits
  readonly clocks: Clocks
}

/** Reads the metadata anew for each refresh of the keys; a failure is bridged by the last good one while it is trusted. */
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

/** The well-known places of an issuer's metadata. A terminating slash is dropped, as both specifications ask. */
export function metadataUrls(issuer: URL): readonly URL[] {
  const path = issuer.pathname.replace(/\/$/, '')
  return [
    atPath(issuer, `${path}/.well-known/openid-configuration`),
    atPath(issuer, `/.well-known/oauth-authorization-server${path}`),
  ]
}

/** Not by resolving a reference: a path that begins with two slashes would name another host. */
function atPath({ origin }: URL, path: string): URL {
  return Object.assign(new URL(origin), { pathname: path })
}

/** The place that answered well before comes first. */
function placesOf({ issuer, metadataUrl }: DiscoveryConfig, known: Metadata | undefined): readonly URL[] {
  if (metadataUrl !== undefined) return [metadataUrl]
  const places = metadataUrls(new URL(issuer))
  return known?.url.href === places[1]?.href ? [...places].reverse() : places
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
      // What is left of the flight is for the keys.
      if (error instanceof UpstreamError && error.problem === 'timeout') break
    }
  }
  if (failures.every(isNotFound)) throw new UpstreamError('metadata_not_found', { status: 404 })
  throw failures.find((failure) => !isClientError(failure)) ?? failures[0]
}

/** The place does not exist: of two failures, the less telling one. */
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
