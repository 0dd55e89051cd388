/**
 * Key pairs as lib/testing/key-pair makes them, which this takes the place of. The first of RSA are those that the whole run
 * shares; no file of tests gets one twice.
 */
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { generatePair as newPair } from '../../lib/testing/key-pair.js'
import type { KeyPair, KeyPairParameters } from '../../lib/testing/key-pair.js'

export type { KeyPair, KeyPairParameters } from '../../lib/testing/key-pair.js'

let shared: { publicKey: string; privateKey: string }[] | undefined

export function generatePair(type: string, parameters: KeyPairParameters = {}): KeyPair {
  const { modulusLength, publicExponent } = parameters
  const isUsual = type === 'rsa' && modulusLength === 2048 && publicExponent === undefined
  const pair = isUsual ? nextShared() : undefined
  if (pair === undefined) return newPair(type, parameters)
  return { publicKey: createPublicKey(pair.publicKey), privateKey: createPrivateKey(pair.privateKey) }
}

function nextShared(): { publicKey: string; privateKey: string } | undefined {
  const file = process.env['RSA_PAIRS_FILE']
  if (file === undefined) return undefined
  shared ??= JSON.parse(readFileSync(file, 'utf8')) as { publicKey: string; privateKey: string }[]
  return shared.shift()
}
