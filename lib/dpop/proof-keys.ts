/** The keys in the headers of proofs: imported once for each client, found by thumbprint. RFC 9449 §4.2, RFC 7638. */
import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { own } from '../core/base/own.js'
import { toCanonicalJwk } from '../core/jws/canonical-jwk.js'
import type { JoseHeader } from '../core/jws/jose-header.js'
import { importVerificationKey } from '../core/jws/verification-key.js'
import type { VerificationKey } from '../core/jws/verification-key.js'

export interface ProofKey {
  readonly key: VerificationKey
  /** `jkt`: the SHA-256 thumbprint of RFC 7638, in base64url. */
  readonly thumbprint: string
}

const MAX_REMEMBERED = 10_000

export class ProofKeys {
  readonly #byThumbprint = new LRUCache<string, ProofKey>({ max: MAX_REMEMBERED })
  /** Headers that are remembered as objects need no thumbprint either. */
  readonly #byHeader = new WeakMap<JoseHeader, ProofKey>()

  /** `undefined` unless the header has a public key by the rules for published keys, in its canonical spelling. */
  of(header: JoseHeader): ProofKey | undefined {
    const known = this.#byHeader.get(header)
    if (known !== undefined) return known
    const found = this.#find(own(header.members, 'jwk'))
    if (found !== undefined) this.#byHeader.set(header, found)
    return found
  }

  #find(jwk: unknown): ProofKey | undefined {
    const canonical = toCanonicalJwk(jwk)
    if (typeof canonical === 'string') return undefined
    const material = Object.entries(canonical.material)
    // Published keys are read with tolerance, proofs are not: two spellings would be two thumbprints.
    const isCanonical = material.every(([name, value]) => own(jwk as Record<string, unknown>, name) === value)
    if (!isCanonical) return undefined
    const thumbprint = createHash('sha256').update(JSON.stringify(canonical.material)).digest('base64url')
    const known = this.#byThumbprint.get(thumbprint)
    if (known !== undefined) return known
    const key = importVerificationKey(canonical)
    if (typeof key === 'string') return undefined
    const found = { key, thumbprint }
    this.#byThumbprint.set(thumbprint, found)
    return found
  }
}
