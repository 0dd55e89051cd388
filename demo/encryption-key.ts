/** The API's key pair for encrypted tokens: the issuer gets the public key, the API keeps the private one. */
import { generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { JWK } from 'jose'

/** Name of the API's encryption key. The issuer writes it into the header of encrypted tokens. */
export const ENCRYPTION_KID = 'api-encryption'

export interface EncryptionKeyPair {
  readonly publicKey: KeyObject
  readonly privateJwk: JWK
}

export function encryptionKeyPair(): EncryptionKeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const names = { kid: ENCRYPTION_KID, use: 'enc', alg: 'RSA-OAEP-256' }
  return { publicKey, privateJwk: { ...privateKey.export({ format: 'jwk' }), ...names } }
}
