/** The URLs under which clients reach the application. The Host header is never read: its sender chooses it. RFC 9449 §4.3 (9). */
import { guarded, InternalError } from '../core/errors/errors.js'
import type { ResourceRequest } from '../core/http/request.js'
import { normalizeTargetPath, normalizeTargetUri } from './target-uri.js'

export interface PublicUrl {
  readonly origin: string
  /** Without a trailing slash; what a proxy strips from the path. */
  readonly prefix: string
}

export type PublicUrls = readonly PublicUrl[] | ((request: ResourceRequest) => unknown)

/** `undefined` unless the text is an http or https URL without user information, query and fragment. */
export function parsePublicUrl(text: unknown): PublicUrl | undefined {
  if (typeof text !== 'string' || !URL.canParse(text)) return undefined
  const { protocol, origin, pathname, search, hash, username, password } = new URL(text)
  const isPlain = search === '' && hash === '' && username === '' && password === '' && !/[?#]/.test(text)
  if (!isPlain || (protocol !== 'https:' && protocol !== 'http:')) return undefined
  return { origin, prefix: pathname.replace(/\/$/, '') }
}

/**
 * The normalised URI of the request, by the public URL that a proof with this `htu` names.
 * `undefined` if it names none, or another path.
 */
export function targetUriOf(htu: string, request: ResourceRequest, urls: PublicUrls): string | undefined {
  const target = request.originalUrl ?? request.url ?? ''
  const uris = typeof urls === 'function' ? [uriAt(computed(urls, request), target)] : urls.map(toUri)
  // Clients mostly write what normalisation would make of it.
  if (uris.includes(htu)) return htu
  const normalized = normalizeTargetUri(htu)
  return uris.find((uri) => uri !== undefined && uri === normalized)

  function toUri(url: PublicUrl): string | undefined {
    return uriAt(url, target)
  }
}

function uriAt({ origin, prefix }: PublicUrl, target: string): string | undefined {
  const path = normalizeTargetPath(target.startsWith('/') ? `${prefix}${target}` : target)
  return path === undefined ? undefined : `${origin}${path}`
}

function computed(compute: (request: ResourceRequest) => unknown, request: ResourceRequest): PublicUrl {
  const url = parsePublicUrl(guarded(() => compute(request)))
  if (url !== undefined) return url
  const cause = new TypeError('The function given as publicUrl must return an http or https URL')
  throw new InternalError('ERR_INTERNAL', { cause })
}
