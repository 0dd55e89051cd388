/** The `acceptTokenFrom` option: where a request may carry its token. RFC 6750 §2. */
import { authorizationHeader, computed, customHeader, formBody, queryParameter } from '../http/credentials.js'
import type { CredentialSource } from '../http/credentials.js'
import { isObject, isString, own } from '../base/own.js'
import type { OptionReader } from './reader.js'
import type { TokenPlace } from './types.js'

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const HEADER = 'header: '
const AUTHORIZATION = `${HEADER}authorization`
const FORM = 'must hold "header", "body", "query", { header: name } or functions'

export interface TokenPlaces {
  readonly sources: readonly CredentialSource[]
  /** What an answer to nobody would be another one with. RFC 9110 §12.5.5. */
  readonly vary: string | undefined
}

export function parseTokenPlaces(top: OptionReader): TokenPlaces {
  const given = top.value('acceptTokenFrom')
  const value = given === undefined ? 'header' : given
  const places: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (places.length === 0) top.fail('acceptTokenFrom', 'must not be an empty array')
  const names = places.map(toName).filter(isString)
  if (new Set(names).size < names.length) top.fail('acceptTokenFrom', 'names one place twice')
  const sources = places.map((place) => toCredentialSource(place) ?? top.fail('acceptTokenFrom', FORM))
  // A function may look anywhere.
  const hasFunction = names.length < places.length
  return { sources, vary: hasFunction ? '*' : varyOf(names) }
}

/** The query is part of what caches go by, and a form comes with methods that are not cached. */
function varyOf(names: readonly string[]): string | undefined {
  const headers = names.filter((name) => name.startsWith(HEADER)).map((name) => name.slice(HEADER.length))
  const canonical = headers.map((name) => (name === 'authorization' ? 'Authorization' : name))
  return canonical.length === 0 ? undefined : canonical.join(', ')
}

function toCredentialSource(place: unknown): CredentialSource | undefined {
  if (typeof place === 'function') {
    return computed(place as Extract<TokenPlace, (...args: never[]) => unknown>)
  }
  const name = toName(place)
  if (name === AUTHORIZATION) return authorizationHeader
  if (name === 'body') return formBody
  if (name === 'query') return queryParameter
  return name === undefined ? undefined : customHeader(name.slice(HEADER.length))
}

/** One name for each place, however it is written. */
function toName(place: unknown): string | undefined {
  if (place === 'header') return AUTHORIZATION
  if (place === 'body' || place === 'query') return place
  if (!isObject(place) || Object.keys(place).length !== 1) return undefined
  const header = own(place, 'header')
  return isString(header) && HEADER_NAME.test(header) ? `${HEADER}${header.toLowerCase()}` : undefined
}
