/** The `acceptTokenFrom` option: where a request may carry its token. RFC 6750 §2. */
import { isObject, isString, own } from '../base/own.js'
import type { CredentialPlace } from '../http/credentials.js'
import { assertFapiPlaces, isFapi } from './fapi.js'
import type { OptionReader } from './reader.js'

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const FORM = 'must be "header", "body", "query", { header: name }, a function, or an array of these'

export function parseTokenPlaces(top: OptionReader): readonly CredentialPlace[] {
  const given = top.value('acceptTokenFrom')
  const value = given === undefined ? 'header' : given
  const list: readonly unknown[] = Array.isArray(value) ? Array.from<unknown>(value) : [value]
  if (list.length === 0) top.fail('acceptTokenFrom', 'must not be an empty array')
  const places = list.map((each) => parsePlace(each) ?? top.fail('acceptTokenFrom', FORM))
  if (places.some((place) => place.kind === 'header' && place.name === 'cookie'))
    top.fail(
      'acceptTokenFrom',
      'has the header Cookie, which holds more than a token. Write (req) => req.cookies?.token, with cookie-parser',
    )
  const names = places.map(nameOf).filter(isString)
  if (new Set(names).size < names.length)
    top.fail('acceptTokenFrom', 'names one place twice. Write each place once')
  if (isFapi(top)) assertFapiPlaces(top, places)
  return places
}

function parsePlace(place: unknown): CredentialPlace | undefined {
  if (typeof place === 'function') {
    return { kind: 'function', read: place as Extract<CredentialPlace, { kind: 'function' }>['read'] }
  }
  if (place === 'header') return { kind: 'header', name: 'authorization' }
  if (place === 'body' || place === 'query') return { kind: place }
  if (!isObject(place) || Object.keys(place).length !== 1) return undefined
  const header = own(place, 'header')
  return isString(header) && HEADER_NAME.test(header)
    ? { kind: 'header', name: header.toLowerCase() }
    : undefined
}

/** A name to find duplicates by. Two functions are never the same place. */
function nameOf(place: CredentialPlace): string | undefined {
  if (place.kind === 'function') return undefined
  return place.kind === 'header' ? `header ${place.name}` : place.kind
}
