/**
 * The public members of a key set that another process needs to make the same keys. RFC 7517 §4,
 * RFC 7518 §6, RFC 9964.
 */
import { isObject, isString, isStringArray, own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import { isSecretJwk } from './canonical-jwk.js'

const PUBLIC_NAMES = ['kty', 'kid', 'alg', 'use', 'key_ops', 'crv', 'x', 'y', 'n', 'e', 'pub'] as const

/** Keeps broken keys: the reader parses the result like any other document. */
export function publicMembers(document: unknown): readonly JsonObject[] {
  const members: unknown = isObject(document) ? own(document, 'keys') : undefined
  if (!Array.isArray(members)) return []
  return members.filter((member) => isObject(member) && !isSecretJwk(member)).map(project)
}

/** Skips values of other types, which may be nested too deep for `JSON.stringify`. */
function project(jwk: JsonObject): JsonObject {
  return Object.fromEntries(
    PUBLIC_NAMES.map((name) => [name, own(jwk, name)]).filter(
      ([, value]) => isString(value) || isStringArray(value),
    ),
  ) as JsonObject
}
