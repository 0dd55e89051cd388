/**
 * Replaces lib/testing/key-pair in tests. The first RSA pairs of a test file are made of primes
 * that the whole run shares. A file never gets the same pair twice.
 */
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { generatePair as newPair } from '../../lib/testing/key-pair.js'
import type { KeyPair, KeyPairParameters } from '../../lib/testing/key-pair.js'
import { rsaKeyOf } from './rsa.js'

export type { KeyPair, KeyPairParameters } from '../../lib/testing/key-pair.js'

let factors: [bigint, bigint][] | undefined

export function generatePair(type: string, parameters: KeyPairParameters = {}): KeyPair {
  const { modulusLength, publicExponent } = parameters
  const isUsual = type === 'rsa' && modulusLength === 2048 && publicExponent === undefined
  const [p, q] = (isUsual && nextFactors()) || []
  if (p === undefined || q === undefined) return newPair(type, parameters)
  const privateKey = createPrivateKey({ key: rsaKeyOf(p, q), format: 'jwk' })
  return { publicKey: createPublicKey(privateKey), privateKey }
}

function nextFactors(): [bigint, bigint] | undefined {
  const file = process.env['RSA_PRIMES_FILE']
  if (file === undefined) return undefined
  factors ??= pairsOf((JSON.parse(readFileSync(file, 'utf8')) as string[]).map(BigInt))
  return factors.shift()
}

function pairsOf(primes: readonly bigint[]): [bigint, bigint][] {
  return primes.flatMap((p, i) => primes.slice(i + 1).map((q): [bigint, bigint] => [p, q]))
}
