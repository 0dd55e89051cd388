/** One DPoP proof: a JWS that its own key verifies, with the claims that tie it to a request. RFC 9449 §4.2 and §4.3. */
import { hash } from 'node:crypto'
import { andThen } from '../core/base/maybe-promise.js'
import type { MaybePromise } from '../core/base/maybe-promise.js'
import { isString, own } from '../core/base/own.js'
import type { JsonObject } from '../core/base/own.js'
import { UnauthorizedError } from '../core/errors/errors.js'
import type { ErrorDetail } from '../core/errors/errors.js'
import type { CheckedToken } from '../core/http/confirmation.js'
import { headerNames } from '../core/jws/algorithms.js'
import type { Algorithm } from '../core/jws/algorithms.js'
import { parseCompactJws, signingInputOf } from '../core/jws/compact-jws.js'
import type { JwsGates } from '../core/jws/compact-jws.js'
import { HeaderReader } from '../core/jws/jose-header.js'
import type { JoseHeader } from '../core/jws/jose-header.js'
import type { VerificationKey } from '../core/jws/verification-key.js'
import { isUsable, MAX_REMEMBERED, ProofKeys } from './proof-keys.js'

export interface Proof {
  /** The RFC 7638 thumbprint of the key that made the proof. */
  readonly thumbprint: string
  readonly jti: string
  readonly htm: string
  /** As received. */
  readonly htu: string
  readonly iat: number
  readonly nonce: unknown
  readonly exp: number | undefined
  readonly nbf: number | undefined
}

const MAX_PROOF_LENGTH = 8192
const MAX_JTI_LENGTH = 256

/** The key is in the proof itself, so that its `kid` may be anything. */
function ignored(): undefined {}

export function invalidProof(detail?: Pick<ErrorDetail, 'hint' | 'expected'>): UnauthorizedError {
  return new UnauthorizedError('ERR_PROOF_INVALID', { ...detail, error: 'invalid_dpop_proof' })
}

/** Verifies proofs, and remembers the keys of the clients that sent them. */
export class ProofVerifier {
  readonly #gates: JwsGates
  readonly #allowed: ReadonlySet<Algorithm>
  readonly #keys = new ProofKeys()

  constructor(algorithms: readonly Algorithm[]) {
    this.#allowed = new Set(algorithms)
    const headers = new HeaderReader(headerNames(algorithms), MAX_REMEMBERED, ignored)
    this.#gates = { maxTokenBytes: MAX_PROOF_LENGTH, headers }
  }

  /**
   * Checks form, `typ`, key, signature, the types of the claims, that the proof was made for `token`,
   * and by the key with the thumbprint `jkt`. Not checked: method, URI, time, nonce and replay.
   * Throws or rejects with `invalid_dpop_proof`, or with `invalid_token` for another key.
   */
  verify(text: string, token: CheckedToken, jkt: unknown): MaybePromise<Proof> {
    try {
      const verified = this.#verify(text, token, jkt)
      return verified instanceof Promise ? verified.catch(refuse) : verified
    } catch (thrown) {
      return refuse(thrown)
    }
  }

  #verify(text: string, token: CheckedToken, jkt: unknown): MaybePromise<Proof> {
    const jws = parseCompactJws(text, this.#gates)
    if (jws.header.typ !== 'dpop+jwt' || jws.claims === undefined) throw invalidProof()
    const key = this.#keyFor(jws.header, jkt)
    const proof = readProof(jws.claims, jkt as string)
    assertMadeFor(token, own(jws.claims, 'ath'))
    const bound = key.checks.get(jws.header.alg)
    const isSigned =
      bound !== undefined &&
      this.#allowed.has(bound.algorithm) &&
      bound.check(signingInputOf(jws), jws.signature)
    return andThen(isSigned, (valid) => (valid ? proof : refuse(invalidProof())))
  }

  /** A key that the token is not bound to verifies nothing: whoever has a stolen token can invent many. */
  #keyFor(header: JoseHeader, jkt: unknown): VerificationKey {
    const presented = this.#keys.read(header)
    if (presented === undefined) throw invalidProof()
    // The sender knows both, so that comparing them tells nothing.
    if (jkt !== presented.thumbprint)
      throw isUsable(presented) ? new UnauthorizedError(OTHER_KEY) : invalidProof()
    return this.#keys.import(presented) ?? refuse(invalidProof())
  }
}

const OTHER_KEY = 'ERR_CONFIRMATION_MISMATCH'
const OWN_CODES: ReadonlySet<string> = new Set([OTHER_KEY, 'ERR_PROOF_INVALID'])

/** Any fault in the form or the signature of a proof is one error, in the words of RFC 9449 §7.1. */
function refuse(thrown: unknown): never {
  throw thrown instanceof UnauthorizedError && !OWN_CODES.has(thrown.code) ? invalidProof() : thrown
}

function readProof(claims: JsonObject, thumbprint: string): Proof {
  const jti = own(claims, 'jti')
  const htm = own(claims, 'htm')
  const htu = own(claims, 'htu')
  const iat = readNumber(claims, 'iat')
  const isComplete =
    isString(jti) && jti !== '' && jti.length <= MAX_JTI_LENGTH && isString(htm) && isString(htu)
  if (!isComplete || iat === undefined) throw invalidProof()
  const [exp, nbf] = [readNumber(claims, 'exp'), readNumber(claims, 'nbf')]
  return { thumbprint, jti, htm, htu, iat, nonce: own(claims, 'nonce'), exp, nbf }
}

function readNumber(claims: JsonObject, name: string): number | undefined {
  const value = own(claims, name)
  if (value !== undefined && !Number.isFinite(value)) throw invalidProof()
  return value as number | undefined
}

/** A token that is remembered keeps the hash of its text. */
const hashes = new WeakMap<CheckedToken, string>()

/** RFC 9449 §4.3 (10): over the token as it was presented. */
function assertMadeFor(token: CheckedToken, ath: unknown): void {
  let expected = hashes.get(token)
  if (expected === undefined) {
    expected = hash('sha256', token.token, 'base64url')
    hashes.set(token, expected)
  }
  if (ath !== expected) throw invalidProof({ hint: 'proof_other_token' })
}
