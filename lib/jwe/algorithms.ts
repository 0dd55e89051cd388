/**
 * The algorithms of encrypted tokens. RFC 7518 §4 and §5, RFC 8037 §3.2. `RSA1_5` and PBES2 are not
 * among them: the first leaks plaintext to those who try often, the second lets the sender choose
 * the cost (RFC 8725 §3.2).
 */
import { tableOf } from '../core/base/own.js'

interface KeyManagementSpec {
  readonly kind: 'RSA' | 'ECDH' | 'secret'
  /** The length of the secret; for `dir` it is that of the content encryption. */
  readonly secretBytes?: number
  /**
   * Octets by which the encrypted key is longer than the key in it. `'none'`: there is no encrypted
   * key. Absent for RSA, where it is as long as the modulus.
   */
  readonly overhead?: number | 'none'
}

export type KeyManagement =
  | 'RSA-OAEP-256'
  | 'RSA-OAEP'
  | 'ECDH-ES'
  | 'ECDH-ES+A128KW'
  | 'ECDH-ES+A192KW'
  | 'ECDH-ES+A256KW'
  | 'A128KW'
  | 'A192KW'
  | 'A256KW'
  | 'A128GCMKW'
  | 'A192GCMKW'
  | 'A256GCMKW'
  | 'dir'

export const KEY_MANAGEMENT: Readonly<Record<KeyManagement, KeyManagementSpec>> = tableOf({
  'RSA-OAEP-256': { kind: 'RSA' },
  'RSA-OAEP': { kind: 'RSA' },
  'ECDH-ES': { kind: 'ECDH', overhead: 'none' },
  'ECDH-ES+A128KW': { kind: 'ECDH', overhead: 8 },
  'ECDH-ES+A192KW': { kind: 'ECDH', overhead: 8 },
  'ECDH-ES+A256KW': { kind: 'ECDH', overhead: 8 },
  A128KW: { kind: 'secret', secretBytes: 16, overhead: 8 },
  A192KW: { kind: 'secret', secretBytes: 24, overhead: 8 },
  A256KW: { kind: 'secret', secretBytes: 32, overhead: 8 },
  A128GCMKW: { kind: 'secret', secretBytes: 16, overhead: 0 },
  A192GCMKW: { kind: 'secret', secretBytes: 24, overhead: 0 },
  A256GCMKW: { kind: 'secret', secretBytes: 32, overhead: 0 },
  dir: { kind: 'secret', overhead: 'none' },
})

interface ContentEncryptionSpec {
  readonly keyBytes: number
  readonly ivBytes: number
  readonly tagBytes: number
}

export type ContentEncryption =
  'A128GCM' | 'A192GCM' | 'A256GCM' | 'A128CBC-HS256' | 'A192CBC-HS384' | 'A256CBC-HS512'

export const CONTENT_ENCRYPTION: Readonly<Record<ContentEncryption, ContentEncryptionSpec>> = tableOf({
  A128GCM: { keyBytes: 16, ivBytes: 12, tagBytes: 16 },
  A192GCM: { keyBytes: 24, ivBytes: 12, tagBytes: 16 },
  A256GCM: { keyBytes: 32, ivBytes: 12, tagBytes: 16 },
  'A128CBC-HS256': { keyBytes: 32, ivBytes: 16, tagBytes: 16 },
  'A192CBC-HS384': { keyBytes: 48, ivBytes: 16, tagBytes: 24 },
  'A256CBC-HS512': { keyBytes: 64, ivBytes: 16, tagBytes: 32 },
})

export const KEY_MANAGEMENT_NAMES: readonly KeyManagement[] = Object.keys(
  KEY_MANAGEMENT,
) as readonly KeyManagement[]
export const CONTENT_ENCRYPTION_NAMES: readonly ContentEncryption[] = Object.keys(
  CONTENT_ENCRYPTION,
) as readonly ContentEncryption[]

/** The curves of ECDH-ES, with the octets of a coordinate. */
export const COORDINATE_BYTES: ReadonlyMap<unknown, number> = new Map([
  ['P-256', 32],
  ['P-384', 48],
  ['P-521', 66],
  ['X25519', 32],
])
