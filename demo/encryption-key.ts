/** The API's key pair for encrypted tokens: the issuer gets the public key, the API keeps the private one. */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { JWK } from 'jose'

/** Name of the API's encryption key. The issuer writes it into the header of encrypted tokens. */
export const ENCRYPTION_KID = 'api-encryption'

export interface EncryptionKeyPair {
  readonly publicKey: KeyObject
  readonly privateJwk: JWK
}

export function encryptionKeyPair(): EncryptionKeyPair {
  // As bytes, and parsed again: in Node 20, exporting a generated key as a JWK may hang.
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  })
  const privateKey = createPrivateKey({ key: pair.privateKey, type: 'pkcs8', format: 'der' })
  const publicKey = createPublicKey({ key: pair.publicKey, type: 'spki', format: 'der' })
  const names = { kid: ENCRYPTION_KID, use: 'enc', alg: 'RSA-OAEP-256' }
  return { publicKey, privateJwk: { ...privateKey.export({ format: 'jwk' }), ...names } }
}
