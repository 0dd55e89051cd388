/** The keys under which a revocation is kept, and those under which a token is looked up. */
import { createHash } from 'node:crypto'
import { TARGET_KINDS } from './revocation-store.js'
import type { RevocableToken, TargetKind } from './revocation-store.js'

export interface Target {
  readonly key: string
  /** What all targets of one kind and issuer have in common. */
  readonly group: string
}

/** A revocation after parsing. */
export interface ParsedRevocation {
  readonly issuer: string
  readonly kind: TargetKind
  readonly value: string
  /** `Infinity`: tokens that are issued later, too. */
  readonly before: number
  readonly forSeconds: number
}

const KEY_BYTES = 18

/** Hashes: of one length, however long the values are, and without meaning for others. */
export function targetOf(issuer: string, kind: TargetKind, value: string): Target {
  return { key: digest([issuer, kind, value]), group: digest([issuer, kind]) }
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest().toString('base64url', 0, KEY_BYTES)
}

const known = new WeakMap<RevocableToken, readonly Target[]>()

/** Computed once for each object, because remembered tokens come again. */
export function targetsOf(token: RevocableToken): readonly Target[] {
  const remembered = known.get(token)
  if (remembered !== undefined) return remembered
  const targets = TARGET_KINDS.flatMap((kind) => {
    const value = token[kind]
    return value === undefined ? [] : [targetOf(token.issuer, kind, value)]
  })
  if (Object.isFrozen(token)) known.set(token, targets)
  return targets
}

/** A token without `iat` counts as older. A token of the same second counts as issued before. */
export function isIssuedBy(before: number, { issuedAt }: RevocableToken): boolean {
  return issuedAt === undefined || Math.floor(issuedAt) <= before
}
