/**
 * Generates key pairs that do not share memory with the job that made them. In Node 20 a generated
 * KeyObject shares a lock with its job. If the job is collected during an export of the key, both
 * wait forever. So the keys leave the job as bytes and are parsed again.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

export interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

export interface KeyPairParameters {
  readonly modulusLength?: number
  readonly publicExponent?: number
  readonly namedCurve?: string
}

/**
 * Throws what `generateKeyPairSync` throws for a type or curve that the runtime does not support.
 */
export function generatePair(type: string, parameters: KeyPairParameters = {}): KeyPair {
  // The overloads of the original name each type; here it is a value.
  const { publicKey, privateKey } = generateKeyPairSync(type as 'rsa', {
    ...(parameters as { modulusLength: number }),
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  })
  return {
    publicKey: createPublicKey({ key: publicKey, type: 'spki', format: 'der' }),
    privateKey: createPrivateKey({ key: privateKey, type: 'pkcs8', format: 'der' }),
  }
}
