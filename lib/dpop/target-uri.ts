/** The target URI of a request, and the `htu` of a proof, in one spelling. RFC 3986 §6.2.2 and §6.2.3, RFC 9449 §4.3. */

const ESCAPE = /%[0-9a-f]{2}/gi
const UNRESERVED = /[A-Za-z0-9\-._~]/

/** URL parsers drop or replace whatever else a text holds. Empty user information counts as such. */
const PLAIN_URI = /^https?:\/\/(?![^/?#]*@|[/?#])[!-[\]-~]+$/i

/** Whether a text is an absolute http or https URI, of ASCII characters and without user information. */
export function isPlainUri(text: string): boolean {
  return PLAIN_URI.test(text) && URL.canParse(text)
}

/** Whether a text has characters that no URI has: URL parsers would replace them. RFC 3986 §2. */
export function hasOtherCharacters(text: string): boolean {
  return /[^!-~]/.test(text)
}

/**
 * The URI without query and fragment: scheme and host in lower case, no default port, no dot
 * segments, unreserved characters decoded, escapes in upper case, a path of at least `/`. `undefined`
 * for anything but an absolute http or https URI without user information.
 */
export function normalizeTargetUri(text: string): string | undefined {
  if (!isPlainUri(text)) return undefined
  const { protocol, host, pathname } = new URL(text)
  return `${protocol}//${host}${normalizePath(pathname)}`
}

/** Routers do not resolve these, and clients do not send them. */
const AMBIGUOUS = /\\|(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i

/** Paths that normalisation leaves as they are: no escapes, no segment that begins with a dot. */
const PLAIN = /^(?:\/(?!\.)[\w\-.~!$&'()*+,;=:@]*)+$/

/**
 * The path of a request target, normalised; `undefined` unless the target is a path. Nor for dot
 * segments and backslashes, by which a router would find another route than the proof names.
 */
export function normalizeTargetPath(target: string): string | undefined {
  if (!target.startsWith('/')) return undefined
  const end = target.search(/[?#]/)
  const path = end === -1 ? target : target.slice(0, end)
  if (PLAIN.test(path)) return path
  if (AMBIGUOUS.test(path)) return undefined
  // Not resolved as a reference: a path that begins with two slashes would name another host.
  return URL.canParse(`http://localhost${path}`)
    ? normalizePath(new URL(`http://localhost${path}`).pathname)
    : undefined
}

/** Decodes escapes of unreserved characters, and writes the others in upper case. */
export function normalizePath(path: string): string {
  return path.replace(ESCAPE, (escape) => {
    const character = String.fromCharCode(parseInt(escape.slice(1), 16))
    return UNRESERVED.test(character) ? character : escape.toUpperCase()
  })
}
