/**
 * The metadata document of an issuer: where it is, and that it belongs to the issuer. OpenID Connect
 * Discovery 1.0 §4 and RFC 8414 §3 and §5, in this order because the large providers serve only the
 * first.
 */
import type { Clocks } from '../base/clock.js'
import { isObject, isString, own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import { UpstreamError } from '../errors/upstream-error.js'
import type { JsonAnswer, Validators } from '../net/fetch-json.js'
import type { UrlPolicy } from '../net/urls.js'
import { retryAfterMs } from './back-off.js'
import type { FetchDocument } from './flight.js'
import { ttlMs } from './limits.js'
import type { KeyLimits } from './limits.js'
import { freshness } from './state.js'
import type { Freshness } from './state.js'

export interface MetadataConfig {
  readonly issuer: string
  /** Default: the well-known places. */
  readonly metadataUrl: URL | undefined
  readonly urlPolicy: UrlPolicy
  readonly limits: KeyLimits
  readonly clocks: Clocks
}

/** An accepted document. Users add the members that they read. */
export interface FetchedMetadata {
  readonly url: URL
  readonly validators: Validators
  readonly freshness: Freshness
}

/** Reads the members that matter. Throws an UpstreamError if one is missing or unacceptable. */
export type ReadMembers<M> = (document: JsonObject, from: URL) => Omit<M, keyof FetchedMetadata>

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
function placesOf(
  { issuer, metadataUrl }: MetadataConfig,
  known: FetchedMetadata | undefined,
): readonly URL[] {
  if (metadataUrl !== undefined) return [metadataUrl]
  const places = metadataUrls(new URL(issuer))
  const isKnown = (url: URL): boolean => url.href === known?.url.href
  return [...places.filter(isKnown), ...places.filter((url) => !isKnown(url))]
}

/** Rejects with an UpstreamError, also for a document of another issuer (RFC 8414 §3.3). */
export async function fetchMetadata<M extends FetchedMetadata>(
  config: MetadataConfig,
  known: M | undefined,
  fetchDocument: FetchDocument,
  read: ReadMembers<M>,
): Promise<M> {
  const failures: UpstreamError[] = []
  for (const url of placesOf(config, known)) {
    const same = known?.url.href === url.href ? known : undefined
    try {
      const answer = await fetchDocument(url, same?.validators)
      return accept(config, { answer, url, known: same }, read)
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error
      failures.push(error)
      // The rest of the flight's time is for the keys. A place that is in trouble has not moved.
      if (error.problem === 'timeout' || (same !== undefined && error.isTransient)) break
    }
  }
  throw summaryOf(failures, config.clocks.now().epochMs)
}

/** The failure that says most. What any place says about waiting holds for all: they are one server's. */
function summaryOf(failures: readonly UpstreamError[], epochMs: number): UpstreamError {
  const retryAfter = longestRetryAfter(failures, epochMs)
  if (failures.every(({ status }) => status === 404))
    return new UpstreamError('metadata_not_found', { status: 404, retryAfter })
  const telling = failures.reduce((first, each) => (saysMuch(first) || !saysMuch(each) ? first : each))
  const { problem, status, reason, dropped, cause } = telling
  return new UpstreamError(problem, { status, reason, dropped, cause, retryAfter })
}

/** Many servers answer 401 or 403 for a place that does not exist. */
function saysMuch({ status }: UpstreamError): boolean {
  return status === undefined || status >= 500 || status === 429
}

function longestRetryAfter(failures: readonly UpstreamError[], epochMs: number): string | undefined {
  const ms = ({ retryAfter }: UpstreamError): number => retryAfterMs(retryAfter, epochMs) ?? -1
  return failures.reduce((longest, each) => (ms(each) > ms(longest) ? each : longest)).retryAfter
}

interface Candidate<M> {
  readonly answer: JsonAnswer
  readonly url: URL
  readonly known: M | undefined
}

function accept<M extends FetchedMetadata>(
  config: MetadataConfig,
  { answer, url, known }: Candidate<M>,
  read: ReadMembers<M>,
): M {
  const limits = {
    ttlMs: ttlMs(config.limits, answer, answer.document === undefined ? known?.freshness.ttlMs : undefined),
    staleMs: config.limits.staleMs,
  }
  const fresh = freshness(config.clocks.now(), limits, 0)
  if (answer.document === undefined && known !== undefined) return { ...known, freshness: fresh }
  const json = answer.document?.json
  const issuer = isObject(json) ? own(json, 'issuer') : undefined
  if (!isObject(json) || !isString(issuer)) throw new UpstreamError('not_metadata')
  if (issuer !== config.issuer) throw new UpstreamError('issuer_mismatch')
  const members = read(json, url)
  return { ...members, url, validators: answer.validators, freshness: fresh } as M
}
