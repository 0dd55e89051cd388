/**
 * Key pairs of their own memory. In Node 20 a generated KeyObject shares a lock with the job that made it; when the job is
 * collected while the key is being exported, both wait for ever. So the keys leave the job as bytes, and are read anew.
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

/** Throws what `generateKeyPairSync` throws for a type that the running Node does not know. */
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
