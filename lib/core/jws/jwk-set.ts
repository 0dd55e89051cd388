/** A JWK Set document: which of its members are usable, and how to find them by `kid` and `alg`. RFC 7517 §5. */
import { isObject, own } from '../base/own.js'
import { toVerificationKey } from './verification-key.js'
import type { JwkProblem, VerificationKey } from './verification-key.js'

/** How many keys are tried for one token: those that share a kid, or all that fit where the token has none. */
export const MAX_CANDIDATES = 4

export type DocumentProblem = 'not_a_key_set' | 'too_many_keys' | 'no_usable_key'

/** The usable keys of one document. */
export class KeyIndex {
  readonly keys: ReadonlySet<VerificationKey>
  /** What was left out, for those who watch. */
  readonly dropped: readonly JwkProblem[]
  readonly #byKid = new Map<string, VerificationKey[]>()

  constructor(keys: readonly VerificationKey[], dropped: readonly JwkProblem[] = []) {
    this.keys = new Set(keys)
    this.dropped = dropped
    for (const key of keys) {
      if (key.kid === undefined) continue
      const sameKid = this.#byKid.get(key.kid)
      if (sameKid) sameKid.push(key)
      else this.#byKid.set(key.kid, [key])
    }
  }

  /** The keys to try, at most 4. `undefined`: no key has this kid, so that a newer document might help. */
  candidates(alg: string, kid: string | undefined): readonly VerificationKey[] | undefined {
    const named = kid === undefined ? [...this.keys] : this.#byKid.get(kid)
    if (named?.length === 1 && named[0]?.checks.has(alg)) return named
    return named?.filter((key) => key.checks.has(alg)).slice(0, MAX_CANDIDATES)
  }
}

/** Junk members are dropped one by one; only a document without any usable key is refused as a whole. */
export function parseKeySet(
  document: unknown,
  maxKeys: number,
  known?: ReadonlySet<VerificationKey>,
): KeyIndex | DocumentProblem {
  const members = isObject(document) ? own(document, 'keys') : undefined
  if (!Array.isArray(members)) return 'not_a_key_set'
  if (members.length > maxKeys) return 'too_many_keys'
  const results = members.map(toVerificationKey)
  const keys = results.filter((result): result is VerificationKey => typeof result === 'object')
  if (keys.length === 0) return 'no_usable_key'
  const dropped = results.filter((result): result is JwkProblem => typeof result === 'string')
  return new KeyIndex(keepUnchanged(keys, known), dropped)
}

/** A key that did not change stays the same object, and with it what was verified by it. */
function keepUnchanged(
  keys: readonly VerificationKey[],
  known: ReadonlySet<VerificationKey> = new Set(),
): readonly VerificationKey[] {
  const byIdentity = new Map([...known].map((key) => [key.identity, key]))
  return keys.map((key) => byIdentity.get(key.identity) ?? key)
}
