/**
 * Every error that this package throws or passes on: one class for each reaction, and many stable
 * codes. RFC 6750 §3.1 defines the values of `error`.
 */
import { option } from '../base/own.js'
import { isA } from '../base/thrown.js'
import type { ErrorCode, ErrorText } from './error-codes.js'
import { ERROR_CODES } from './error-codes.js'
import type { ErrorDetail, ChallengeDetail, OAuthError } from './error-detail.js'
import type { Hint } from './hints.js'
import type { UpstreamSource } from './upstream-error.js'
import { showCause } from './show-cause.js'
import { withoutStack } from './without-stack.js'

export type { ErrorCode } from './error-codes.js'
export type { ChallengeDetail, ErrorDetail, OAuthError } from './error-detail.js'
export type { Hint } from './hints.js'

/**
 * The base class of all errors of this package. No member holds a token, a key or the value of a
 * claim. Refusals have no stack frames: the frames add nothing and are expensive in a flood.
 */
export abstract class ResourceServerError extends Error {
  static override readonly name: string = 'ResourceServerError'
  abstract readonly status: number
  abstract readonly error: OAuthError | undefined
  readonly code: ErrorCode
  /** One sentence for the operator. Never sent to clients. */
  readonly detail: string
  /** One sentence for the client. Up to the signature, and for expiry, it is always the same. */
  readonly description: string | undefined
  /** The probable misconfiguration. Never sent to clients. */
  readonly hint: Hint | undefined
  /** Response headers, lower-case names. Set when the error becomes an answer or is passed on. */
  headers: Readonly<Record<string, string>> = {}
  /** What the error adds to the challenge of its answer. */
  declare readonly challenge?: ChallengeDetail
  /**
   * The configured values that did not match: issuers, audiences, algorithms, scopes, roles, the name
   * of a required claim, or other settings and values as `name: value`.
   */
  declare readonly expected?: readonly string[]

  constructor(code: ErrorCode, detail: ErrorDetail = {}, text: ErrorText = ERROR_CODES[code]) {
    const { message, description } = text
    const cause = option(detail, 'cause')
    const challenge = option(detail, 'challenge')
    const expected = option(detail, 'expected')
    const restore = withoutStack()
    super(message, cause === undefined ? undefined : { cause })
    restore()
    this.code = code
    this.detail = text.detail
    this.description = description
    this.hint = option(detail, 'hint')
    if (challenge !== undefined) hide(this, 'challenge', challenge)
    if (expected !== undefined) hide(this, 'expected', frozen(expected))
  }

  override get name(): string {
    return this.constructor.name
  }

  /** The same as `status`, under the name that Koa, Nest and http-errors use. */
  get statusCode(): number {
    return this.status
  }

  /** Whether `status` and `message` may be shown to the client, as in http-errors. */
  get expose(): boolean {
    return this.status < 500
  }
}

/** 400: the request itself is malformed. */
export class InvalidRequestError extends ResourceServerError {
  static override readonly name = 'InvalidRequestError'
  readonly status = 400
  readonly error = 'invalid_request'
}

type UnauthorizedKind = Extract<
  OAuthError,
  'invalid_token' | 'insufficient_user_authentication' | 'invalid_dpop_proof' | 'use_dpop_nonce'
>

/**
 * 401: the client needs a token, or another one. Without credentials `error` is absent (RFC 6750
 * §3.1).
 */
export class UnauthorizedError extends ResourceServerError {
  static override readonly name = 'UnauthorizedError'
  readonly status = 401
  readonly error: UnauthorizedKind | undefined

  constructor(code: ErrorCode, detail: ErrorDetail & { readonly error?: UnauthorizedKind | undefined } = {}) {
    super(code, detail)
    const error = option(detail, 'error') ?? 'invalid_token'
    this.error = code === 'ERR_CREDENTIALS_MISSING' ? undefined : error
  }
}

/** 403: the token is good, but does not grant this. */
export class ForbiddenError extends ResourceServerError {
  static override readonly name = 'ForbiddenError'
  readonly status = 403
  readonly error: 'insufficient_scope' | 'access_denied'
  /** The scopes that would grant access; empty when no scope would. */
  readonly requiredScopes: readonly string[]

  constructor(code: ErrorCode, detail: ErrorDetail & { readonly requiredScopes?: readonly string[] } = {}) {
    const scopes = option(detail, 'requiredScopes') ?? []
    const scope = scopes.length === 0 ? undefined : { parameters: { scope: scopes.join(' ') } }
    super(code, { ...detail, challenge: option(detail, 'challenge') ?? scope })
    this.requiredScopes = [...scopes]
    this.error = scopes.length > 0 ? 'insufficient_scope' : 'access_denied'
  }
}

interface UnavailableDetail {
  readonly retryAfterSeconds?: number
  readonly source?: UpstreamSource | undefined
}

/** 503: keys, or another thing that verification needs, are unavailable. The token may be good. */
export class UnavailableError extends ResourceServerError {
  static override readonly name = 'UnavailableError'
  readonly status = 503
  readonly error = 'temporarily_unavailable'
  /** Whole seconds, at least 1. */
  readonly retryAfterSeconds: number
  /** The options that say what was asked in vain. Absent for the issuers of a resolver. */
  declare readonly source?: UpstreamSource

  constructor(code: ErrorCode, detail: ErrorDetail & UnavailableDetail = {}) {
    super(code, detail)
    const source = option(detail, 'source')
    if (source !== undefined) hide(this, 'source', Object.freeze({ ...source }))
    this.retryAfterSeconds = Math.max(1, Math.ceil(option(detail, 'retryAfterSeconds') ?? 1))
  }
}

/**
 * 500: code given to this package, such as a predicate or a schema, threw. `cause` is what it
 * threw, and `stack` shows it too, because Express logs nothing else.
 */
export class InternalError extends ResourceServerError {
  static override readonly name = 'InternalError'
  readonly status = 500
  readonly error = 'server_error'

  constructor(code: ErrorCode, detail: ErrorDetail = {}) {
    super(code, detail)
    showCause(this)
  }
}

/** Wrong options or wiring: thrown at start-up, or 500 if only a request shows it. Has a stack. */
export class ConfigurationError extends ResourceServerError {
  static override readonly name = 'ConfigurationError'
  readonly status = 500
  readonly error = 'server_error'
  /** The path of the option, such as `issuer[1].jwksUri`. */
  readonly option: string | undefined

  constructor(message: string, option?: string, detail: Pick<ErrorDetail, 'cause'> = {}) {
    const text = { message, detail: message, description: undefined }
    super(option === undefined ? 'ERR_WIRING' : 'ERR_CONFIGURATION', detail, text)
    this.option = option
    Error.captureStackTrace(this, ConfigurationError)
  }
}

/** Converts anything thrown. `next(undefined)` and `next('route')` would let the request pass. */
export function toResourceServerError(thrown: unknown): ResourceServerError {
  return isA(thrown, ResourceServerError) ? thrown : new InternalError('ERR_INTERNAL', { cause: thrown })
}

/**
 * Runs code given to this package. What it throws becomes ERR_INTERNAL, unless it is one of these
 * errors.
 */
export function guarded<T>(run: () => T): T {
  try {
    return run()
  } catch (thrown) {
    throw toResourceServerError(thrown)
  }
}

/** Whoever handles an error must not change what the next request is judged by. */
function frozen(names: readonly string[]): readonly string[] {
  return Object.isFrozen(names) ? names : Object.freeze([...names])
}

/** Not enumerable: printing or serializing the error does not show it. */
function hide(error: object, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, configurable: true })
}
