/**
 * The verifier of encrypted tokens: decrypts, then has the JWT inside verified like any other. RFC 7516
 * §5.2, RFC 7519 §5.2, §5.3 and §7.2. Decryption alone proves nothing: plain claims are refused.
 */
import { andThen } from '../core/base/maybe-promise.js'
import type { MaybePromise } from '../core/base/maybe-promise.js'
import { isString, isStringArray, own } from '../core/base/own.js'
import type { JsonObject } from '../core/base/own.js'
import { UnauthorizedError } from '../core/errors/errors.js'
import type { VerifierContext } from '../core/server/settings.js'
import type { TokenVerifier, VerifiedToken } from '../core/token/verifier.js'
import { isCompactJwe, parseCompactJwe } from './compact-jwe.js'
import type { JweGates } from './compact-jwe.js'
import { toDecryptedToken } from './decrypted-token.js'
import type { Decryptor } from './decryptor.js'

export interface JweVerifierConfig {
  readonly gates: JweGates
  readonly decryptor: Decryptor
  readonly isRequired: boolean
}

export class JweVerifier implements TokenVerifier {
  readonly #config: JweVerifierConfig
  readonly #server: Pick<VerifierContext, 'jwt' | 'maxTokenBytes'>

  constructor(config: JweVerifierConfig, server: Pick<VerifierContext, 'jwt' | 'maxTokenBytes'>) {
    this.#config = config
    this.#server = server
  }

  /** If encryption is required, JWTs too, to refuse them. */
  handles(token: string): boolean {
    const { jwt, maxTokenBytes } = this.#server
    if (token.length > maxTokenBytes) return false
    // Most tokens are JWTs, for which counting dots is enough.
    const dots = dotsOf(token)
    if (dots === 2) return this.#config.isRequired && jwt.handles(token)
    return dots === 4 && isCompactJwe(token)
  }

  verify(token: string): MaybePromise<VerifiedToken> {
    const { jwt, maxTokenBytes } = this.#server
    if (token.length > maxTokenBytes) throw new UnauthorizedError('ERR_TOKEN_TOO_LARGE')
    if (dotsOf(token) !== 4) throw new UnauthorizedError('ERR_ENCRYPTION_REQUIRED')
    const jwe = parseCompactJwe(token, this.#config.gates)
    return this.#config.decryptor.decrypt(jwe, maxTokenBytes).then((plaintext) =>
      andThen(jwt.verify(toNestedJwt(plaintext)), (inner) => {
        assertCopies(jwe.header, inner.claims)
        return toDecryptedToken(token, inner)
      }),
    )
  }
}

/** As many as there are, but at most 5. */
function dotsOf(token: string): number {
  let dots = 0
  for (let at = token.indexOf('.'); at !== -1 && dots < 5; at = token.indexOf('.', at + 1)) dots++
  return dots
}

/** Only a JWS, whatever `cty` says: neither claims without a signature nor a second JWE. */
function toNestedJwt(plaintext: Uint8Array): string {
  const text = Buffer.from(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength).toString('latin1')
  if (dotsOf(text) === 2) return text
  const hint = text.startsWith('{') ? 'unsigned_token' : undefined
  throw new UnauthorizedError('ERR_TOKEN_MALFORMED', { hint })
}

const COPIED = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti']

/** RFC 7519 §5.3: claims that the header repeats are identical. */
function assertCopies(header: JsonObject, claims: JsonObject): void {
  for (const name of COPIED) {
    const copy = own(header, name)
    if (copy !== undefined && !isSame(copy, own(claims, name)))
      throw new UnauthorizedError('ERR_HEADER_CLAIM_MISMATCH')
  }
}

/** One audience may be written as a string or as an array (RFC 7519 §4.1.3). */
function isSame(copy: unknown, claim: unknown): boolean {
  const [one, other] = [copy, claim].map((value) => (isString(value) ? [value] : value))
  if (!isStringArray(one) || !isStringArray(other)) return copy === claim
  return one.length === other.length && one.every((each, index) => each === other[index])
}
