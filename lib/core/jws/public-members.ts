/** What of a key set is public and needed: enough to make the same keys elsewhere. RFC 7517 §4, RFC 7518 §6, RFC 9964. */
import { isObject, isString, isStringArray, own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import { PRIVATE_MEMBERS } from './verification-key.js'

const PUBLIC_NAMES = ['kty', 'kid', 'alg', 'use', 'key_ops', 'crv', 'x', 'y', 'n', 'e', 'pub'] as const

/** Broken keys go along: whoever reads the result parses it as any other document. */
export function publicMembers(document: unknown): readonly JsonObject[] {
  const members: unknown = isObject(document) ? own(document, 'keys') : undefined
  if (!Array.isArray(members)) return []
  return members.filter(isObject).filter(isPublic).map(project)
}

/** A key that is left out here was refused there, for a private or a secret part. */
function isPublic(jwk: JsonObject): boolean {
  return ![...PRIVATE_MEMBERS, 'k'].some((name) => Object.hasOwn(jwk, name))
}

/** Other types mean nothing here, and may be nested too deep to be written as JSON again. */
function project(jwk: JsonObject): JsonObject {
  return Object.fromEntries(
    PUBLIC_NAMES.map((name) => [name, own(jwk, name)]).filter(
      ([, value]) => isString(value) || isStringArray(value),
    ),
  ) as JsonObject
}
