/** The public half of a private key, which shares no memory with it. */
import { createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/**
 * Parses the public key from its bytes. In Node 20 a key of `generateKeyPairSync()` shares a lock
 * with its job. If the job is collected while the key is exported as a JWK, both wait forever.
 */
export function publicHalf(key: KeyObject): KeyObject {
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
  return createPublicKey({ key: spki, type: 'spki', format: 'der' })
}
