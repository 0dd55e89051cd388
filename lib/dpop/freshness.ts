/** Whether a proof is recent: by a nonce of this server, or by its own clock. RFC 9449 §4.3 (11), §8, §9, §11.1. */
import { isString } from '../core/base/own.js'
import { UnauthorizedError, UnavailableError } from '../core/errors/errors.js'
import { timeHint } from '../core/errors/hints.js'
import type { ResponseHeaders } from '../core/http/request.js'
import { MAX_CLOCK_DIFFERENCE_SECONDS } from '../core/stores/replay-store.js'
import type { ReplayAnswer } from '../core/stores/replay-store.js'
import { MAX_NUMERIC_DATE } from '../core/token/claims.js'
import type { Nonces } from './nonce.js'
import { invalidProof } from './proof.js'
import type { Proof } from './proof.js'

export interface FreshnessSettings {
  readonly proofMaxAgeSeconds: number
  readonly clockToleranceSeconds: number
  readonly nonces: Nonces | undefined
}

export interface Freshness {
  /** NumericDate after which the proof is no longer accepted. */
  readonly until: number
  /** NumericDate before which no process can have accepted the proof, by this process's clock. */
  readonly since: number
  readonly headers: ResponseHeaders | undefined
  /** `undefined` where the proof's own clock decided. */
  readonly nonce: string | undefined
}

/** Throws `use_dpop_nonce` with a fresh nonce, or `invalid_dpop_proof`. */
export function assertFresh(proof: Proof, settings: FreshnessSettings, nowSeconds: number): Freshness {
  const { exp, nbf } = proof
  const { clockToleranceSeconds, nonces } = settings
  if (exp !== undefined && nowSeconds >= exp + clockToleranceSeconds) throw wrongTime(exp, nowSeconds)
  if (nbf !== undefined && nbf > nowSeconds + clockToleranceSeconds) throw wrongTime(nbf, nowSeconds)
  return nonces === undefined
    ? byClock(proof, settings, nowSeconds)
    : byNonce(proof.nonce, nonces, nowSeconds)
}

function byClock(proof: Proof, settings: FreshnessSettings, nowSeconds: number): Freshness {
  const { proofMaxAgeSeconds, clockToleranceSeconds } = settings
  const until = proof.iat + proofMaxAgeSeconds + clockToleranceSeconds
  if (nowSeconds > until || proof.iat > nowSeconds + clockToleranceSeconds)
    throw wrongTime(proof.iat, nowSeconds)
  return { until, since: proof.iat - clockToleranceSeconds, headers: undefined, nonce: undefined }
}

function wrongTime(time: number, nowSeconds: number): UnauthorizedError {
  const isTooLarge = time > MAX_NUMERIC_DATE
  return invalidProof({ hint: isTooLarge ? 'milliseconds' : timeHint(Math.abs(time - nowSeconds)) })
}

/**
 * A valid nonce decides alone: clients whose clock is wrong are the reason for nonces. Some send
 * `null` until they have one, and need one then.
 */
function byNonce(value: unknown, nonces: Nonces, nowSeconds: number): Freshness {
  const nonce = value ?? ''
  if (!isString(nonce)) throw invalidProof()
  const { state, issuedAt } = nonces.judge(nonce, nowSeconds)
  if (state === 'unknown' || state === 'expired') throw nonceNeeded(nonces.issue(nowSeconds))
  const until = issuedAt + nonces.lifetimeSeconds
  const headers = state === 'ageing' ? offer(nonces.issue(nowSeconds)) : undefined
  return { until, since: issuedAt, headers, nonce }
}

function offer(nonce: string): ResponseHeaders {
  return { 'dpop-nonce': nonce, 'cache-control': 'no-store' }
}

function nonceNeeded(nonce: string): UnauthorizedError {
  return new UnauthorizedError('ERR_PROOF_NONCE', {
    error: 'use_dpop_nonce',
    challenge: { headers: offer(nonce) },
  })
}

/**
 * Throws for a proof that a process may have accepted before the store lost its keys: `use_dpop_nonce`
 * with a nonce that is good at once, or an UnavailableError.
 */
export function assertRemembered(
  { since, nonce }: Pick<Freshness, 'since' | 'nonce'>,
  { ageSeconds, birth }: ReplayAnswer,
  { nonces, clockToleranceSeconds }: FreshnessSettings,
  nowSeconds: number,
): void {
  const bornAt = nowSeconds - ageSeconds + MAX_CLOCK_DIFFERENCE_SECONDS
  if (since > bornAt) return
  if (nonces !== undefined) {
    // Its second may be that of the loss, but who issued it knew of the birth.
    if (nonce !== undefined && nonces.hasMark(nonce, birth)) return
    throw nonceNeeded(nonces.issue(nowSeconds, birth))
  }
  throw new UnavailableError('ERR_REPLAY_STORE_UNAVAILABLE', {
    cause: new Error('The replay store lost its keys a moment ago, so this proof may have been used'),
    retryAfterSeconds: bornAt + clockToleranceSeconds + 1 - nowSeconds,
  })
}
