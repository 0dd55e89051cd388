/** The URLs under which clients reach the application. The Host header is never read: its sender chooses it. RFC 9449 §4.3 (9). */
import { atHand } from '../core/base/maybe-promise.js'
import { guarded, InternalError } from '../core/errors/errors.js'
import type { ResourceRequest } from '../core/http/request.js'
import { targetOf } from '../core/http/request-target.js'
import {
  hasOtherCharacters,
  isPlainUri,
  normalizePath,
  normalizeTargetPath,
  normalizeTargetUri,
} from './target-uri.js'

export interface PublicUrl {
  readonly origin: string
  /** Normalised and without a trailing slash; what a proxy strips from the path. */
  readonly prefix: string
}

export type PublicUrls = readonly PublicUrl[] | ((request: ResourceRequest) => unknown)

/** `undefined` unless the text is an http or https URL without user information, query and fragment. */
export function parsePublicUrl(text: unknown): PublicUrl | undefined {
  if (typeof text !== 'string' || !isPlainUri(text) || /[?#]/.test(text)) return undefined
  const { origin, pathname } = new URL(text)
  return { origin, prefix: normalizePath(pathname).replace(/\/$/, '') }
}

const NOT_ASCII =
  'has characters that are not ASCII, or spaces, which proofs cannot have in htu. Write the host in its xn-- form and the path with escapes such as %C3%B6, as new URL(text).href does'

/** What is wrong with a value of which `parsePublicUrl` makes nothing. */
export function problemOfPublicUrl(value: unknown): string {
  return typeof value === 'string' && hasOtherCharacters(value)
    ? NOT_ASCII
    : 'must be an http or https URL without query, fragment and user information'
}

/**
 * The normalised URI of the request, by the public URL that a proof with this `htu` names.
 * `undefined` if it names none, or another path.
 */
export function targetUriOf(htu: string, request: ResourceRequest, urls: PublicUrls): string | undefined {
  const target = targetOf(request)
  const known = typeof urls === 'function' ? [computed(urls, request)] : urls
  const uris = known.flatMap((url) => urisAt(url, target))
  // Clients mostly write what normalisation would make of it.
  if (uris.includes(htu)) return htu
  const normalized = normalizeTargetUri(htu)
  return uris.find((uri) => uri === normalized)
}

/** Two where a proxy strips all of the path: nobody else can tell whether there was a slash at its end. */
function urisAt({ origin, prefix }: PublicUrl, target: string): readonly string[] {
  const path = normalizeTargetPath(target.startsWith('/') ? `${prefix}${target}` : target)
  if (path === undefined) return []
  const uri = `${origin}${path}`
  return path === `${prefix}/` && prefix !== '' ? [uri, uri.slice(0, -1)] : [uri]
}

function computed(compute: (request: ResourceRequest) => unknown, request: ResourceRequest): PublicUrl {
  const value = guarded(() => atHand(compute(request)))
  const url = parsePublicUrl(value)
  if (url !== undefined) return url
  const cause = new TypeError(`What the function given as publicUrl returned ${problemOfPublicUrl(value)}`)
  throw new InternalError('ERR_INTERNAL', { cause })
}
