/** The keys in the headers of proofs: imported once for each client, found by thumbprint. RFC 9449 §4.2, RFC 7638. */
import { LRUCache } from 'lru-cache'
import { isObject, own } from '../core/base/own.js'
import { thumbprintOf, toCanonicalJwk } from '../core/jws/canonical-jwk.js'
import type { CanonicalJwk } from '../core/jws/canonical-jwk.js'
import type { JoseHeader } from '../core/jws/jose-header.js'
import { importVerificationKey } from '../core/jws/verification-key.js'
import type { VerificationKey } from '../core/jws/verification-key.js'

/** The key in the header of a proof, before anything of the proof was verified. */
export interface PresentedKey {
  readonly jwk: CanonicalJwk
  /** `jkt`: the SHA-256 thumbprint of RFC 7638, in base64url. */
  readonly thumbprint: string
  /** Once a proof needed it. */
  imported: VerificationKey | undefined
}

/** Clients whose next proof costs one verification. Each takes about 4 KB. */
export const MAX_REMEMBERED = 10_000

export class ProofKeys {
  /** By identity: a JWK's own `alg` narrows what its key may verify, and a thumbprint does not tell. */
  #imported: LRUCache<string, VerificationKey> | undefined
  /** Headers that are remembered as objects need no thumbprint either. */
  readonly #presented = new WeakMap<JoseHeader, PresentedKey>()

  /** `undefined` unless the header has a public key for signatures, in its canonical spelling. Imports nothing. */
  read(header: JoseHeader): PresentedKey | undefined {
    const known = this.#presented.get(header)
    if (known !== undefined) return known
    const presented = readJwk(own(header.members, 'jwk'))
    if (presented !== undefined) this.#presented.set(header, presented)
    return presented
  }

  /** `undefined` for a weak or malformed key. Call it for keys of bound tokens only, as they are remembered. */
  import(presented: PresentedKey): VerificationKey | undefined {
    presented.imported ??= this.#importOnce(presented.jwk)
    return presented.imported
  }

  #importOnce(jwk: CanonicalJwk): VerificationKey | undefined {
    const known = this.#imported?.get(jwk.identity)
    if (known !== undefined) return known
    const key = importVerificationKey(jwk)
    if (typeof key === 'string') return undefined
    this.#imported ??= new LRUCache({ max: MAX_REMEMBERED })
    this.#imported.set(jwk.identity, key)
    return key
  }
}

/** Whether a key would be accepted. Remembers nothing. */
export function isUsable({ jwk }: PresentedKey): boolean {
  return typeof importVerificationKey(jwk) !== 'string'
}

function readJwk(value: unknown): PresentedKey | undefined {
  const jwk = toCanonicalJwk(value)
  if (typeof jwk === 'string' || !isObject(value)) return undefined
  // Published keys are read with tolerance, proofs are not: two spellings would be two thumbprints.
  const isCanonical = Object.entries(jwk.material).every(([name, text]) => own(value, name) === text)
  if (!isCanonical) return undefined
  return { jwk, thumbprint: thumbprintOf(jwk.material), imported: undefined }
}
