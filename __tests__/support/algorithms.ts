/** The algorithms that the running Node.js can sign with, and their families. */
import { ASYMMETRIC_ALGORITHMS, SYMMETRIC_ALGORITHMS } from '../../lib/core/jws/algorithms.js'
import type { Algorithm } from '../../lib/core/jws/algorithms.js'
import { generatePair } from './tokens.js'

export const asymmetric: readonly Algorithm[] = ASYMMETRIC_ALGORITHMS.filter(isKnownHere)
export const symmetric: readonly Algorithm[] = SYMMETRIC_ALGORITHMS

/** Node 20 has no ML-DSA. */
function isKnownHere(algorithm: Algorithm): boolean {
  if (!algorithm.startsWith('ML-DSA')) return true
  try {
    generatePair(algorithm)
    return true
  } catch {
    return false
  }
}

/** Pairs of two different members. */
export function pairsOf<T>(members: readonly T[]): (readonly [T, T])[] {
  return members.flatMap((a) => members.filter((b) => b !== a).map((b) => [a, b] as const))
}
