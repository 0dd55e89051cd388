/** A client whose proofs `jose` makes: an oracle that shares nothing with what judges them. */
import { createHash, randomUUID } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { CryptoKey, JWK } from 'jose'
import { generatePair } from '../../support/key-pairs.js'

/** The name of an algorithm; `Ed25519` under its older name too. */
export type Alg = 'PS256' | 'PS384' | 'RS256' | 'ES256' | 'ES384' | 'ES512' | 'Ed25519' | 'EdDSA'

export interface Key {
  readonly alg: Alg
  readonly privateKey: CryptoKey | KeyObject
  readonly jwk: JWK
}

export async function newKey(alg: Alg): Promise<Key> {
  const isRsa = /^[PR]S/.test(alg)
  const { privateKey, publicKey } = isRsa
    ? generatePair('rsa', { modulusLength: 2048 })
    : await generateKeyPair(alg, { extractable: true })
  return { alg, privateKey, jwk: await exportJWK(publicKey) }
}

export interface Bound {
  readonly key: Key
  readonly jkt: string
  /** A proof for one request with this token. */
  proof(token: string, url: string, method?: string): Promise<string>
}

export async function newClient(alg: Alg): Promise<Bound> {
  const key = await newKey(alg)
  return {
    key,
    jkt: await calculateJwkThumbprint(key.jwk),
    proof: (token, url, method = 'GET') =>
      new SignJWT({
        htm: method,
        htu: url,
        ath: createHash('sha256').update(token).digest('base64url'),
        jti: randomUUID(),
      })
        .setIssuedAt()
        .setProtectedHeader({ typ: 'dpop+jwt', alg, jwk: key.jwk })
        .sign(key.privateKey),
  }
}
