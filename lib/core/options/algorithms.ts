/**
 * The `algorithms` option: an allow-list. Algorithms for public keys and for shared secrets never
 * mix. RFC 8725 §3.1.
 */
import { ASYMMETRIC_ALGORITHMS, isAlgorithm, SYMMETRIC_ALGORITHMS } from '../jws/algorithms.js'
import type { Algorithm } from '../jws/algorithms.js'
import { nearest } from './nearest.js'
import type { OptionReader } from './reader.js'

const KNOWN: readonly string[] = [...ASYMMETRIC_ALGORITHMS, ...SYMMETRIC_ALGORITHMS, 'EdDSA']

export function parseAlgorithms(reader: OptionReader): readonly Algorithm[] | undefined {
  return reader.strings('algorithms')?.map((name) => parseAlgorithm(name, 'algorithms', reader))
}

/** `option` is where the name was written. */
export function parseAlgorithm(name: string, option: string, reader: OptionReader): Algorithm {
  const algorithm = name === 'EdDSA' ? 'Ed25519' : name
  if (isAlgorithm(algorithm)) return algorithm
  return reader.fail(option, `has an unknown algorithm${adviceAbout(name)}`)
}

function adviceAbout(name: string): string {
  if (name.toLowerCase() === 'none') return ': "none" stands for no signature, which is never accepted'
  if (/[\s,]/.test(name)) return ". Write each on its own, in an array: ['RS256', 'ES256']"
  const meant = nearest(name, KNOWN)
  return meant === undefined ? '' : `; did you mean "${meant}"?`
}

export function isSymmetric(algorithm: Algorithm): boolean {
  return SYMMETRIC_ALGORITHMS.includes(algorithm)
}
