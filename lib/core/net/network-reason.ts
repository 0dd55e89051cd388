/**
 * Why an exchange failed, in one word, by the error codes of Node, OpenSSL, llhttp, zlib and
 * undici.
 */
import type { NetworkReason } from '../errors/upstream-error.js'
import { isString } from '../base/own.js'

const BY_CODE: ReadonlyMap<string, NetworkReason> = new Map([
  ['ENOTFOUND', 'dns_not_found'],
  ['ENODATA', 'dns_not_found'],
  ['EAI_AGAIN', 'dns_timeout'],
  ['ETIMEOUT', 'dns_timeout'],
  ['EAI_FAIL', 'dns_failed'],
  ['ESERVFAIL', 'dns_failed'],
  ['EREFUSED', 'dns_failed'],
  ['ECONNREFUSED', 'refused'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETUNREACH', 'unreachable'],
  ['EHOSTDOWN', 'unreachable'],
  ['ENETDOWN', 'unreachable'],
  ['EADDRNOTAVAIL', 'unreachable'],
  ['ETIMEDOUT', 'connect_timeout'],
  ['UND_ERR_CONNECT_TIMEOUT', 'connect_timeout'],
  ['UND_ERR_HEADERS_TIMEOUT', 'timeout'],
  ['UND_ERR_BODY_TIMEOUT', 'timeout'],
  ['ECONNRESET', 'reset'],
  ['ECONNABORTED', 'reset'],
  ['EPIPE', 'reset'],
  ['ERR_STREAM_PREMATURE_CLOSE', 'reset'],
  ['UND_ERR_SOCKET', 'reset'],
  ['EPROTO', 'tls'],
  ['ERR_CONTENT_ENCODING', 'protocol'],
  ['ERR_ADDRESS_REFUSED', 'address_refused'],
])

/** Tried in this order. */
const BY_PATTERN: readonly (readonly [RegExp, NetworkReason])[] = [
  [/^ERR_SSL_|^ERR_TLS_(?!CERT)/, 'tls'],
  [/CERT|^UNABLE_TO_|^INVALID_(?:CA|PURPOSE)$|^HOSTNAME_MISMATCH$|^PATH_LENGTH_EXCEEDED$/, 'certificate'],
  [/^HPE_|^Z_|^ERR_?_?BROTLI|^ERR__ERROR_/, 'protocol'],
]

/** Errors wrap each other: `fetch failed`, or one error for all addresses of a host. */
const MAX_DEPTH = 4

export function networkReason(thrown: unknown): NetworkReason {
  try {
    return reasonOf(thrown, MAX_DEPTH) ?? 'other'
  } catch {
    // What a custom `fetch` throws may throw again when it is read.
    return 'other'
  }
}

function reasonOf(thrown: unknown, depth: number): NetworkReason | undefined {
  if (typeof thrown !== 'object' || thrown === null || depth === 0) return undefined
  const { code, name, cause, errors } = thrown as Record<string, unknown>
  if (name === 'TimeoutError') return 'timeout'
  const inner: readonly unknown[] = Array.isArray(errors) ? errors : []
  const known = isString(code) ? reasonOfCode(code) : undefined
  return known ?? first([...inner, cause], (each) => reasonOf(each, depth - 1))
}

function reasonOfCode(code: string): NetworkReason | undefined {
  return BY_CODE.get(code) ?? BY_PATTERN.find(([pattern]) => pattern.test(code))?.[1]
}

function first<T, U>(values: readonly T[], pick: (value: T) => U | undefined): U | undefined {
  for (const value of values) {
    const picked = pick(value)
    if (picked !== undefined) return picked
  }
  return undefined
}
