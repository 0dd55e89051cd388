/** What a guard accepts as its arguments. Throws a ConfigurationError that names the guard. */
import { isString, isStringArray } from '../base/own.js'
import { ConfigurationError } from '../errors/errors.js'
import type { PlainClaimSource } from '../token/claim-source.js'
import { isScopeToken } from './scopes.js'

export function assertScopes(scopes: readonly unknown[], guard: string): asserts scopes is readonly string[] {
  if (scopes.length === 0 || !scopes.every(isScopeToken)) {
    const isSpaced = scopes.some((scope) => isString(scope) && scope.trim().includes(' '))
    const advice = isSpaced ? '. Pass several scopes as separate arguments' : ''
    throw new ConfigurationError(
      `${guard}: needs at least one scope value, without spaces or quotes${advice}`,
      guard,
    )
  }
}

export function assertNames(names: readonly unknown[], guard: string): void {
  if (names.length === 0 || !isStringArray(names) || !names.every(isName)) {
    throw new ConfigurationError(
      `${guard}: needs at least one name, none of them empty or with white space around it`,
      guard,
    )
  }
}

function isName(name: string): boolean {
  return name !== '' && name.trim() === name
}

/** Refuses `undefined`: from a missing setting, it would match every token without the claim. */
export function assertClaim(
  source: PlainClaimSource | undefined,
  expected: unknown,
): asserts source is PlainClaimSource {
  const isComparable =
    expected === null ||
    ['string', 'boolean', 'function'].includes(typeof expected) ||
    (typeof expected === 'number' && !Number.isNaN(expected))
  if (source === undefined || !isComparable)
    throw new ConfigurationError(
      'requireClaim: needs a claim name or path, and a string, number, boolean, null or function',
      'requireClaim',
    )
  if (typeof source !== 'function' && ![source].flat().every(isName))
    throw new ConfigurationError(
      'requireClaim: has a name that is empty, or begins or ends with white space',
      'requireClaim',
    )
}
