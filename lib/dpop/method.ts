/** DPoP as a confirmation method: from a bound token and its request to an accepted proof. RFC 9449 §7.1. */
import { createHash } from 'node:crypto'
import { adopt, andThen, orElse } from '../core/base/maybe-promise.js'
import type { MaybePromise } from '../core/base/maybe-promise.js'
import { isObject, isString, own } from '../core/base/own.js'
import { ConfigurationError, UnauthorizedError, UnavailableError } from '../core/errors/errors.js'
import type { Confirmation, ConfirmationMethod, Presented } from '../core/http/confirmation.js'
import { countRawHeaders } from '../core/http/credentials.js'
import type { ResourceRequest, ResponseHeaders } from '../core/http/request.js'
import type { Algorithm } from '../core/jws/algorithms.js'
import type { ReplayAnswer, ReplayStore } from '../core/stores/replay-store.js'
import { assertFresh, assertRemembered } from './freshness.js'
import type { Freshness, FreshnessSettings } from './freshness.js'
import { invalidProof, ProofVerifier } from './proof.js'
import type { Proof } from './proof.js'
import { targetUrisOf } from './public-urls.js'
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
const REPLAY_KEY_BYTES = 15

export function dpopMethod(settings: DpopSettings): ConfirmationMethod {
  const { algorithms, isRequired, nowSeconds } = settings
  const verifier = new ProofVerifier(algorithms)
  return {
    member: 'jkt',
    isRequired,
    challenge: { scheme: SCHEME, parameters: { algs: algorithms.join(' ') } },
    check(expected, { token, credentials, request }: Presented): MaybePromise<Confirmation> {
      if (credentials.scheme !== SCHEME) throw new UnauthorizedError('ERR_CONFIRMATION_MISMATCH')
      return andThen(verifier.verify(readProof(request), token.token, expected), (proof) => {
        const uri = assertForRequest(proof, request, settings.publicUrls)
        const freshness = assertFresh(proof, settings, nowSeconds())
        const entry = { key: replayKey(proof, uri), freshness }
        return { headers: freshness.headers, commit: () => burnOnce(entry, request, settings) }
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

/** RFC 9449 §4.3 (1): exactly one header. Node joins repeated ones to a list. */
function readProof(request: ResourceRequest): string {
  const value = own(request.headers, 'dpop')
  if (value === undefined) throw new UnauthorizedError('ERR_PROOF_MISSING', { error: 'invalid_dpop_proof' })
  if (!isString(value) || countRawHeaders(request.rawHeaders, 'dpop') > 1) throw invalidProof()
  return value
}

function assertForRequest(proof: Proof, request: ResourceRequest, urls: PublicUrls): string {
  if (proof.htm !== request.method || !targetUrisOf(request, urls).includes(proof.htu)) throw invalidProof()
  return proof.htu
}

/**
 * With the thumbprint, so that no client can use up the `jti` of another; it also comes first, so that
 * stores which divide the keys by how they begin have those of one client together.
 */
function replayKey({ thumbprint, jti, htm }: Proof, uri: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([thumbprint, jti, htm, uri]))
    .digest()
  return thumbprint.slice(0, 2) + digest.subarray(0, REPLAY_KEY_BYTES).toString('base64url')
}

type Answer = MaybePromise<ResponseHeaders | undefined>

interface Entry {
  readonly key: string
  readonly freshness: Freshness
}

/** The proofs that were used up by this very request, in each store. */
const usedBy = new WeakMap<ReplayStore, WeakMap<object, Set<string>>>()

/** Two servers in front of one route, such as one that only reports, may judge one request. */
function burnOnce(entry: Entry, request: object, settings: DpopSettings): Answer {
  const { replay } = settings
  if (replay === undefined) return undefined
  const requests = usedBy.get(replay) ?? new WeakMap<object, Set<string>>()
  usedBy.set(replay, requests)
  const used = requests.get(request) ?? new Set()
  if (used.has(entry.key)) return undefined
  return andThen(burn(entry, replay, settings), (headers) => {
    requests.set(request, used.add(entry.key))
    return headers
  })
}

/** Uses up the proof. A store that cannot tell counts as one that failed. */
function burn({ key, freshness }: Entry, replay: ReplayStore, settings: DpopSettings): Answer {
  const ttlSeconds = Math.max(1, Math.ceil(freshness.until - settings.nowSeconds()))
  const answer = orElse<ReplayAnswer | undefined>(
    () => addTo(replay, key, ttlSeconds),
    (cause) => {
      if (settings.acceptsOnStoreFailure) return undefined
      throw new UnavailableError('ERR_REPLAY_STORE_UNAVAILABLE', { cause })
    },
  )
  return andThen(answer, (known) => {
    if (known?.isNew === false)
      throw new UnauthorizedError('ERR_PROOF_REPLAYED', { error: 'invalid_dpop_proof' })
    const acceptsForgotten = settings.acceptsOnStoreFailure && settings.nonces === undefined
    if (known !== undefined && !acceptsForgotten)
      assertRemembered(freshness, known, settings, settings.nowSeconds())
    return undefined
  })
}

const NEW: ReplayAnswer = { isNew: true, ageSeconds: Infinity, birth: '' }
const USED: ReplayAnswer = { isNew: false, ageSeconds: Infinity, birth: '' }

/** A store without an age is taken for one that never lost a key. */
function addTo(replay: ReplayStore, key: string, ttlSeconds: number): MaybePromise<ReplayAnswer> {
  if (replay.addWithAge === undefined)
    return andThen(adopt<unknown>(replay.add(key, ttlSeconds)), (isNew) =>
      assertBoolean(isNew) ? NEW : USED,
    )
  return andThen(adopt<unknown>(replay.addWithAge(key, ttlSeconds)), (answer) => {
    const { isNew, ageSeconds, birth } = isObject(answer) ? answer : {}
    if (typeof ageSeconds !== 'number' || !(ageSeconds >= 0) || !isString(birth))
      throw new TypeError('addWithAge of a replay store must answer with { isNew, ageSeconds, birth }')
    return { isNew: assertBoolean(isNew), ageSeconds, birth }
  })
}

function assertBoolean(answer: unknown): boolean {
  if (typeof answer === 'boolean') return answer
  throw new TypeError('A replay store must answer with true or false')
}
