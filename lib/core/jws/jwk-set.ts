/**
 * A JWK Set document: which of its members are usable, and how to find them by `kid` and `alg`.
 * RFC 7517 §5.
 */
import { isObject, own } from '../base/own.js'
import type { JwkProblem } from '../errors/upstream-error.js'
import { toCanonicalJwk } from './canonical-jwk.js'
import { importVerificationKey } from './verification-key.js'
import type { BoundCheck, VerificationKey } from './verification-key.js'

/**
 * How many keys are tried for one token: those that share a kid, or all that fit if the token has
 * none. Some issuers publish many keys without kid.
 */
const MAX_ON_LOOP = 10
const MAX_POOLED = 4

export type DocumentProblem = 'not_a_key_set' | 'too_many_keys' | 'no_usable_key'

type Candidates = ReadonlyMap<string, readonly VerificationKey[]>

const NONE: readonly VerificationKey[] = []

/** The usable keys of one document. */
export class KeyIndex {
  readonly keys: ReadonlySet<VerificationKey>
  /** Why members were left out, for observers. */
  readonly dropped: readonly JwkProblem[]
  readonly #byIdentity: ReadonlyMap<string, VerificationKey>
  readonly #byKid: ReadonlyMap<string, Candidates>
  readonly #all: Candidates

  constructor(keys: readonly VerificationKey[], dropped: readonly JwkProblem[] = []) {
    this.#byIdentity = new Map(keys.map((key) => [key.identity, key]))
    this.keys = new Set(this.#byIdentity.values())
    this.dropped = dropped
    this.#all = candidatesOf([...this.keys])
    this.#byKid = new Map(
      [...groupByKid(this.keys)].map(([kid, sameKid]) => [kid, candidatesOf(sameKid)] as const),
    )
  }

  /** The keys to try, at most 10 on the event loop and 4 in the thread pool. */
  candidates(alg: string, kid: string | undefined): readonly VerificationKey[] {
    const byAlg = kid === undefined ? this.#all : this.#byKid.get(kid)
    return byAlg?.get(alg) ?? NONE
  }

  withIdentity(identity: string): VerificationKey | undefined {
    return this.#byIdentity.get(identity)
  }
}

/** Drops junk members one by one; a document without any usable key is refused as a whole. */
export function parseKeySet(document: unknown, maxKeys: number): KeyIndex | DocumentProblem {
  const index = readKeySet(document, maxKeys)
  return typeof index !== 'string' && index.keys.size === 0 ? 'no_usable_key' : index
}

/**
 * The same, but the index may be empty. Keys that `known` has stay the same objects, and with them
 * what was verified by them; they are not imported again.
 */
export function readKeySet(
  document: unknown,
  maxKeys: number,
  known?: KeyIndex,
): KeyIndex | Exclude<DocumentProblem, 'no_usable_key'> {
  const members: unknown = isObject(document) ? own(document, 'keys') : undefined
  if (!Array.isArray(members)) return 'not_a_key_set'
  if (members.length > maxKeys) return 'too_many_keys'
  const results = new Map<string, VerificationKey | JwkProblem>()
  const dropped: JwkProblem[] = []
  for (const member of members) {
    const jwk = toCanonicalJwk(member)
    const result =
      typeof jwk === 'string'
        ? jwk
        : (results.get(jwk.identity) ?? known?.withIdentity(jwk.identity) ?? importVerificationKey(jwk))
    if (typeof result === 'string') dropped.push(result)
    if (typeof jwk !== 'string') results.set(jwk.identity, result)
  }
  const keys = [...results.values()].filter((result) => typeof result !== 'string')
  return new KeyIndex(keys, dropped)
}

function groupByKid(keys: Iterable<VerificationKey>): Map<string, VerificationKey[]> {
  const groups = new Map<string, VerificationKey[]>()
  for (const key of keys) {
    if (key.kid === undefined) continue
    const sameKid = groups.get(key.kid)
    if (sameKid) sameKid.push(key)
    else groups.set(key.kid, [key])
  }
  return groups
}

function candidatesOf(keys: readonly VerificationKey[]): Candidates {
  const algorithms = new Set(keys.flatMap(({ checks }) => [...checks.keys()]))
  return new Map([...algorithms].map((alg) => [alg, fitting(keys, alg)]))
}

function fitting(keys: readonly VerificationKey[], alg: string): readonly VerificationKey[] {
  const isPooled = (key: VerificationKey): boolean | undefined => checkOf(key, alg)?.isPooled
  const onLoop = keys.filter((key) => isPooled(key) === false).slice(0, MAX_ON_LOOP)
  const pooled = keys.filter((key) => isPooled(key) === true).slice(0, MAX_POOLED)
  return [...onLoop, ...pooled]
}

function checkOf(key: VerificationKey, alg: string): BoundCheck | undefined {
  return key.checks.get(alg)
}
