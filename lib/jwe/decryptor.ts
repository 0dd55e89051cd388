/**
 * Decrypts the tokens of one value: finds the keys that may fit, and tries them one after another in
 * the thread pool. RFC 7516 §5.2 (8-19). A plaintext proves nothing about who wrote it.
 */
import { compactDecrypt } from 'jose/jwe/compact/decrypt'
import { UnauthorizedError } from '../core/errors/errors.js'
import { runInPool } from '../core/jws/pool.js'
import type { Jwe } from './compact-jwe.js'
import type { DecryptionKey } from './keys.js'

/** Anyone can write tokens that cost a private-key operation each. */
const MAX_WAITING = 100
const MAX_CANDIDATES = 4

export class Decryptor {
  readonly #keys: readonly DecryptionKey[]

  constructor(keys: readonly DecryptionKey[]) {
    this.#keys = keys
  }

  /**
   * The plaintext, inflated to at most `maxBytes`. Throws or rejects with an UnauthorizedError, or
   * with an UnavailableError (ERR_OVERLOADED).
   */
  decrypt(jwe: Jwe, maxBytes: number): Promise<Uint8Array> {
    const candidates = this.#candidates(jwe)
    if (candidates.length === 0) throw new UnauthorizedError('ERR_DECRYPTION_KEY_UNKNOWN')
    return runInPool(this, MAX_WAITING, () => decryptByFirst(jwe, candidates, maxBytes))
  }

  #candidates(jwe: Jwe): readonly DecryptionKey[] {
    const fitting = this.#keys.filter((each) => each.fits(jwe))
    const { kid } = jwe
    return kid === undefined ? fitting.slice(0, MAX_CANDIDATES) : fitting.filter((each) => each.kid === kid)
  }
}

/** Whatever fails, the answer is the same: the reason would help those who try. */
async function decryptByFirst(
  jwe: Jwe,
  [first, ...others]: readonly DecryptionKey[],
  maxBytes: number,
): Promise<Uint8Array> {
  if (first === undefined) throw new UnauthorizedError('ERR_DECRYPTION_FAILED')
  try {
    const { plaintext } = await compactDecrypt(jwe.token, first.key, {
      keyManagementAlgorithms: [jwe.alg],
      contentEncryptionAlgorithms: [jwe.enc],
      maxDecompressedLength: maxBytes,
    })
    return plaintext
  } catch {
    return decryptByFirst(jwe, others, maxBytes)
  }
}
