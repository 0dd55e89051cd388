/** Whether a proof is recent: by a nonce of this server, or by its own clock. RFC 9449 §4.3 (11), §8, §9, §11.1. */
import { isString } from '../core/base/own.js'
import { UnauthorizedError } from '../core/errors/errors.js'
import type { ResponseHeaders } from '../core/http/request.js'
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
  readonly headers: ResponseHeaders | undefined
}

/** Throws `use_dpop_nonce` with a fresh nonce, or `invalid_dpop_proof`. */
export function assertFresh(proof: Proof, settings: FreshnessSettings, nowSeconds: number): Freshness {
  const { exp, nbf } = proof
  const { clockToleranceSeconds, nonces } = settings
  if (exp !== undefined && nowSeconds >= exp + clockToleranceSeconds) throw invalidProof()
  if (nbf !== undefined && nbf > nowSeconds + clockToleranceSeconds) throw invalidProof()
  return nonces === undefined
    ? byClock(proof, settings, nowSeconds)
    : byNonce(proof.nonce, nonces, nowSeconds)
}

function byClock(proof: Proof, settings: FreshnessSettings, nowSeconds: number): Freshness {
  const { proofMaxAgeSeconds, clockToleranceSeconds } = settings
  const until = proof.iat + proofMaxAgeSeconds + clockToleranceSeconds
  if (nowSeconds > until || proof.iat > nowSeconds + clockToleranceSeconds) throw invalidProof()
  return { until, headers: undefined }
}

/** A valid nonce decides alone: clients whose clock is wrong are the reason for nonces. */
function byNonce(nonce: unknown, nonces: Nonces, nowSeconds: number): Freshness {
  if (nonce !== undefined && !isString(nonce)) throw invalidProof()
  const { state, issuedAt } = nonces.judge(nonce ?? '', nowSeconds)
  const offer = (): ResponseHeaders => ({
    'dpop-nonce': nonces.issue(nowSeconds),
    'cache-control': 'no-store',
  })
  if (state === 'unknown' || state === 'expired') {
    throw new UnauthorizedError('ERR_PROOF_NONCE', {
      error: 'use_dpop_nonce',
      challenge: { headers: offer() },
    })
  }
  const until = issuedAt + nonces.lifetimeSeconds
  return { until, headers: state === 'ageing' ? offer() : undefined }
}
