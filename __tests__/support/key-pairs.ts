/**
 * Replaces lib/testing/key-pair in tests. A process makes each pair once, and its test files share
 * them, but a file never gets the same pair twice. The first RSA pairs are made of primes that the
 * whole run shares.
 */
import crypto, { createPrivateKey, createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { generatePair as newPair } from '../../lib/testing/key-pair.js'
import type { KeyPair, KeyPairParameters } from '../../lib/testing/key-pair.js'
import { rsaKeyOf } from './rsa.js'

export type { KeyPair, KeyPairParameters } from '../../lib/testing/key-pair.js'

const POOLS = Symbol.for('express-resource-server tests: key pairs')

/** Modules of Node.js live as long as the process; those of a test file do not. */
const known = Reflect.get(crypto, POOLS) as Map<string, KeyPair[]> | undefined
const pools = known ?? new Map<string, KeyPair[]>()
Reflect.set(crypto, POOLS, pools)

const taken = new Map<string, number>()
let factors: [bigint, bigint][] | undefined

export function generatePair(type: string, parameters: KeyPairParameters = {}): KeyPair {
  const kind = JSON.stringify([type, parameters])
  const pool = pools.get(kind) ?? []
  pools.set(kind, pool)
  const at = taken.get(kind) ?? 0
  taken.set(kind, at + 1)
  return (pool[at] ??= makePair(type, parameters, at))
}

function makePair(type: string, parameters: KeyPairParameters, at: number): KeyPair {
  const { modulusLength, publicExponent } = parameters
  const isUsual = type === 'rsa' && modulusLength === 2048 && publicExponent === undefined
  const [p, q] = (isUsual && factorsOf(at)) || []
  if (p === undefined || q === undefined) return newPair(type, parameters)
  const privateKey = createPrivateKey({ key: rsaKeyOf(p, q), format: 'jwk' })
  return { publicKey: createPublicKey(privateKey), privateKey }
}

function factorsOf(at: number): [bigint, bigint] | undefined {
  const file = process.env['RSA_PRIMES_FILE']
  if (file === undefined) return undefined
  factors ??= pairsOf((JSON.parse(readFileSync(file, 'utf8')) as string[]).map(BigInt))
  return factors[at]
}

function pairsOf(primes: readonly bigint[]): [bigint, bigint][] {
  return primes.flatMap((p, i) => primes.slice(i + 1).map((q): [bigint, bigint] => [p, q]))
}
