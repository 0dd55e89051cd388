/** The `acceptTokenFrom` option: where a request may carry its token. RFC 6750 §2. */
import { authorizationHeader, computed, customHeader, formBody, queryParameter } from '../credentials.js'
import type { CredentialSource } from '../credentials.js'
import { isObject, isString, own } from '../own.js'
import type { OptionReader } from './reader.js'
import type { TokenPlace } from './types.js'

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const FORM = 'must hold "header", "body", "query", { header: name } or functions'

export function parseTokenPlaces(top: OptionReader): readonly CredentialSource[] {
  const value = top.value('acceptTokenFrom')
  if (value === undefined) return [authorizationHeader]
  const places: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (places.length === 0) top.fail('acceptTokenFrom', 'must not be an empty array')
  const names = places.map(toName).filter(isString)
  if (new Set(names).size < names.length) top.fail('acceptTokenFrom', 'names one place twice')
  return places.map((place) => toCredentialSource(place) ?? top.fail('acceptTokenFrom', FORM))
}

function toCredentialSource(place: unknown): CredentialSource | undefined {
  if (typeof place === 'function') {
    return computed(place as Extract<TokenPlace, (...args: never[]) => unknown>)
  }
  const name = toName(place)
  if (name === 'header: authorization') return authorizationHeader
  if (name === 'body') return formBody
  if (name === 'query') return queryParameter
  return name === undefined ? undefined : customHeader(name.slice('header: '.length))
}

/** One name for each place, however it is written. */
function toName(place: unknown): string | undefined {
  if (place === 'header') return 'header: authorization'
  if (place === 'body' || place === 'query') return place
  if (!isObject(place) || Object.keys(place).length !== 1) return undefined
  const header = own(place, 'header')
  return isString(header) && HEADER_NAME.test(header) ? `header: ${header.toLowerCase()}` : undefined
}
