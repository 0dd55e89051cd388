/** The value of a header that a request may have only once. RFC 9110 §5.3. */
import { isString, own } from '../base/own.js'
import { repeated } from './credential-errors.js'
import { countRawHeaders, rawHeadersOf } from './raw-headers.js'
import type { ResourceRequest } from './request.js'

const NO_SCHEMES: ReadonlyMap<string, string> = new Map()

/**
 * Node silently keeps the first of two Authorization headers, so they are counted as received. The
 * value still comes from the parsed headers: a middleware in front may have set it. The error stands
 * in the challenges of the `known` schemes that were sent.
 */
export function singleHeader(
  request: ResourceRequest,
  name: string,
  known: ReadonlyMap<string, string> = NO_SCHEMES,
): string | undefined {
  const value = own(request.headers, name)
  if (value === undefined) return undefined
  if (!isString(value) || countRawHeaders(request.rawHeaders, name) > 1) {
    const received = rawHeadersOf(request.rawHeaders, name)
    const schemes = received.map((each) => known.get(each.split(' ', 1)[0]?.toLowerCase() ?? ''))
    throw repeated(schemes.filter((each) => each !== undefined))
  }
  return value
}
