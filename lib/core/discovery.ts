/**
 * From an issuer to its `jwks_uri`: OpenID Connect Discovery 1.0 §4 and RFC 8414 §3, tried in this order because the
 * large providers serve the first alone. The issuer in the document must be the one asked for, by exact comparison
 * (RFC 8414 §3.3). What the metadata says of algorithms is ignored: it cannot widen what is allowed here.
 */
import type { Clocks } from './clock.js'
import { UpstreamError } from './fetch-json.js'
import type { JsonAnswer, Validators } from './fetch-json.js'
import type { FetchDocument } from './keys/flight.js'
import { ttlMs } from './keys/limits.js'
import type { KeyLimits } from './keys/limits.js'
import { freshness, stateOf } from './keys/state.js'
import type { Freshness } from './keys/state.js'
import { isObject, own } from './own.js'
import { parseLinkedUrl } from './urls.js'
import type { UrlPolicy } from './urls.js'

/** Says where the keys are, asking the issuer where need be. */
export type LocateKeys = (fetchDocument: FetchDocument) => Promise<URL>

export interface DiscoveryConfig {
  readonly issuer: string
  /** Where the metadata is; default: the well-known places. */
  readonly metadataUrl: URL | undefined
  readonly urlPolicy: UrlPolicy
  readonly limits: KeyLimits
  readonly clocks: Clocks
}

interface Metadata {
  readonly jwksUri: URL
  readonly url: URL
  readonly validators: Validators
  readonly freshness: Freshness
}

/** Reads the metadata anew for each refresh of the keys; a failure is bridged by the last good one while it is trusted. */
export function discoverKeys(config: DiscoveryConfig): LocateKeys {
  let known: Metadata | undefined
  return async function locateKeys(fetchDocument) {
    try {
      known = await fetchMetadata(config, known, fetchDocument)
    } catch (error) {
      const state = stateOf(known?.freshness, config.clocks.now())
      if (known === undefined || state === 'EXPIRED') throw error
    }
    return known.jwksUri
  }
}

/** The well-known places of an issuer's metadata. A terminating slash is dropped, as both specifications ask. */
export function metadataUrls(issuer: URL): readonly URL[] {
  const path = issuer.pathname.replace(/\/$/, '')
  return [
    new URL(`${path}/.well-known/openid-configuration`, issuer.origin),
    new URL(`/.well-known/oauth-authorization-server${path}`, issuer.origin),
  ]
}

async function fetchMetadata(
  config: DiscoveryConfig,
  known: Metadata | undefined,
  fetchDocument: FetchDocument,
): Promise<Metadata> {
  const given = known?.url ?? config.metadataUrl
  const places = given === undefined ? metadataUrls(new URL(config.issuer)) : [given]
  const failures: unknown[] = []
  for (const url of places) {
    try {
      const answer = await fetchDocument(url, known?.validators)
      return accept(config, { answer, url, known })
    } catch (error) {
      failures.push(error)
    }
  }
  throw failures.find((failure) => !isClientError(failure)) ?? failures[0]
}

/** The place does not exist: of two failures, the less telling one. */
function isClientError(failure: unknown): boolean {
  return failure instanceof UpstreamError && failure.status !== undefined && failure.status < 500
}

interface Candidate {
  readonly answer: JsonAnswer
  readonly url: URL
  readonly known: Metadata | undefined
}

function accept(config: DiscoveryConfig, { answer, url, known }: Candidate): Metadata {
  const limits = { ttlMs: ttlMs(config.limits, answer), staleMs: config.limits.staleMs }
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
