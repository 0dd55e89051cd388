/**
 * Which URLs may be fetched: https, or http on loopback (RFC 8414 §2, RFC 9700 §2.6), without user
 * information.
 */

const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

export interface UrlPolicy {
  readonly allowInsecureHttp: boolean
}

export function parseFetchableUrl(text: string, policy: UrlPolicy): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url !== undefined && isFetchable(url, policy) ? url : undefined
}

/** A document fetched over https may not lead to plain http. */
export function parseLinkedUrl(text: string, from: URL, policy: UrlPolicy): URL | undefined {
  const url = parseFetchableUrl(text, policy)
  const downgraded = from.protocol === 'https:' && url?.protocol === 'http:' && !policy.allowInsecureHttp
  return downgraded ? undefined : url
}

function isFetchable(url: URL, policy: UrlPolicy): boolean {
  if (url.username !== '' || url.password !== '') return false
  if (url.protocol === 'https:') return true
  return url.protocol === 'http:' && (policy.allowInsecureHttp || LOOPBACK_HOST.test(url.hostname))
}
