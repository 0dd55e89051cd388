/** DPoP as a confirmation method: from a bound token and its request to an accepted proof. RFC 9449 §7.1. */
import { hash } from 'node:crypto'
import { andThen } from '../core/base/maybe-promise.js'
import type { MaybePromise } from '../core/base/maybe-promise.js'
import { isString, own } from '../core/base/own.js'
import { ConfigurationError, UnauthorizedError } from '../core/errors/errors.js'
import type { Confirmation, ConfirmationMethod, Presented } from '../core/http/confirmation.js'
import { countRawHeaders } from '../core/http/raw-headers.js'
import type { ResourceRequest } from '../core/http/request.js'
import type { Algorithm } from '../core/jws/algorithms.js'
import type { ReplayStore } from '../core/stores/replay-store.js'
import { ProofBurner } from './burning.js'
import { assertFresh } from './freshness.js'
import type { FreshnessSettings } from './freshness.js'
import { invalidProof, ProofVerifier } from './proof.js'
import type { Proof } from './proof.js'
import { targetUriOf } from './public-urls.js'
import type { PublicUrls } from './public-urls.js'

export interface DpopSettings extends FreshnessSettings {
  readonly publicUrls: PublicUrls
  readonly algorithms: readonly Algorithm[]
  /** Whether the user named them. */
  readonly hasChosenAlgorithms: boolean
  /** `undefined`: a proof may be used again. */
  readonly replay: ReplayStore | undefined
  readonly acceptsOnStoreFailure: boolean
  readonly isRequired: boolean
  readonly nowSeconds: () => number
}

const SCHEME = 'DPoP'
/** 120 bits in base64url. */
const REPLAY_HASH_LENGTH = 20
/** Copies a key: as slices, it would keep the longer texts in memory. */
const scratch = Buffer.alloc(2 + REPLAY_HASH_LENGTH)

export function dpopMethod(settings: DpopSettings): ConfirmationMethod {
  const { algorithms, isRequired, nowSeconds, replay } = settings
  const verifier = new ProofVerifier(algorithms)
  const burner = replay && new ProofBurner(replay, settings)
  return {
    member: 'jkt',
    isRequired,
    challenge: { scheme: SCHEME, parameters: { algs: algorithms.join(' ') } },
    check(expected, { token, credentials, request }: Presented): MaybePromise<Confirmation> {
      if (credentials.scheme !== SCHEME) throw new UnauthorizedError('ERR_CONFIRMATION_MISMATCH')
      const received = countRawHeaders(request.rawHeaders, 'dpop')
      return andThen(verifier.verify(readProof(request, received), token, expected), (proof) => {
        const uri = assertForRequest(proof, request, settings.publicUrls)
        const freshness = assertFresh(proof, settings, nowSeconds())
        const { headers } = freshness
        const identity = identityOf(request, received)
        return { headers, commit: burner && (() => burner.burn(identity, replayKey(proof, uri), freshness)) }
      })
    },
    narrowedTo: (allowed) => dpopMethod({ ...settings, algorithms: narrow(settings, allowed) }),
  }
}

/** A choice of the user is refused, not changed: clients may have been told of it. */
function narrow(
  { algorithms, hasChosenAlgorithms }: DpopSettings,
  allowed: readonly string[],
): readonly Algorithm[] {
  const narrowed = algorithms.filter((name) => allowed.includes(name))
  if (narrowed.length === algorithms.length || !hasChosenAlgorithms) return narrowed
  throw new ConfigurationError(
    `dpop.algorithms: has an algorithm that the server's profile forbids. Write only ${allowed.join(', ')}, or leave it out`,
    'dpop.algorithms',
  )
}

/** RFC 9449 §4.3 (1): exactly one header. Node joins repeated ones to a list; `received` counts them. */
function readProof(request: ResourceRequest, received: number): string {
  const value = own(request.headers, 'dpop')
  if (value === undefined) throw new UnauthorizedError('ERR_PROOF_MISSING', { error: 'invalid_dpop_proof' })
  if (!isString(value) || received > 1) throw invalidProof()
  return value
}

/**
 * A copy of a request, such as `Object.create(req)` or `{ ...req }`, has the same raw headers. Node.js
 * makes them anew for each message; in a list without a proof they may be those of many.
 */
function identityOf(request: ResourceRequest, received: number): object {
  return received === 1 ? (request.rawHeaders ?? request) : request
}

function assertForRequest(proof: Proof, request: ResourceRequest, urls: PublicUrls): string {
  if (proof.htm !== request.method) throw invalidProof({ hint: 'proof_other_method' })
  const uri = targetUriOf(proof.htu, request, urls)
  if (uri === undefined) throw invalidProof({ hint: 'proof_other_url', expected: configured(urls) })
  return uri
}

function configured(urls: PublicUrls): readonly string[] {
  if (typeof urls === 'function') return []
  return urls.map(({ origin, prefix }) => `publicUrl: ${origin}${prefix}`)
}

/**
 * With the thumbprint, so that no client can use up the `jti` of another; it also comes first, so that
 * stores which divide the keys by how they begin have those of one client together. Within the hash,
 * `jti` comes last: the others hold no space.
 */
function replayKey({ thumbprint, jti, htm }: Proof, uri: string): string {
  const digest = hash('sha256', `${thumbprint} ${htm} ${uri} ${jti}`, 'base64url')
  const length = scratch.write(`${thumbprint.slice(0, 2)}${digest.slice(0, REPLAY_HASH_LENGTH)}`, 'latin1')
  return scratch.toString('latin1', 0, length)
}
