/** A client with a key of its own, which makes proofs as good or as bad as a test wants them. */
import { createHash, createHmac, randomUUID, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { generatePair } from '../../support/key-pairs.js'

export const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

export interface ProofParts {
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
  readonly nonce?: string
  /** Signs in place of the client's own key. */
  readonly key?: KeyObject
}

const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
}

export class Client {
  readonly privateKey: KeyObject
  readonly jwk: Readonly<Record<string, unknown>>
  readonly alg: string

  constructor(alg: 'ES256' | 'Ed25519' | 'RS256' = 'ES256', modulusLength = 2048) {
    const pair =
      alg === 'ES256'
        ? generatePair('ec', { namedCurve: 'P-256' })
        : alg === 'RS256'
          ? generatePair('rsa', { modulusLength })
          : generatePair('ed25519')
    this.privateKey = pair.privateKey
    this.jwk = { ...pair.publicKey.export({ format: 'jwk' }) }
    this.alg = alg
  }

  /** RFC 7638, by hand: an oracle of its own. */
  get thumbprint(): string {
    const members = MEMBERS[String(this.jwk['kty'])] ?? []
    const text = JSON.stringify(Object.fromEntries(members.map((name) => [name, this.jwk[name]])))
    return createHash('sha256').update(text).digest('base64url')
  }

  /** A good proof, with these changes; a member that is `undefined` is left out. */
  proof(token: string, htm: string, htu: string, nowSeconds: number, parts: ProofParts = {}): string {
    const { header = {}, claims = {}, nonce, key = this.privateKey } = parts
    const ath = createHash('sha256').update(token).digest('base64url')
    const input = [
      encode({ typ: 'dpop+jwt', alg: this.alg, jwk: this.jwk, ...header }),
      encode({ jti: randomUUID(), htm, htu, iat: nowSeconds, ath, ...(nonce && { nonce }), ...claims }),
    ].join('.')
    return `${input}.${this.#sign(input, key, typeof header['alg'] === 'string' ? header['alg'] : this.alg).toString('base64url')}`
  }

  #sign(input: string, key: KeyObject, alg: string): Buffer {
    if (alg.startsWith('HS'))
      return createHmac('sha256', Buffer.from(String(this.jwk['x'])))
        .update(input)
        .digest()
    const hash = this.alg === 'Ed25519' ? null : 'sha256'
    return sign(hash, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
  }
}
