/**
 * Every error that this package throws or passes on: few classes, one for each reaction they call
 * for, and many stable codes. RFC 6750 §3.1 gives the values of `error`.
 */
import { option } from '../base/own.js'
import type { ErrorCode } from './error-codes.js'
import { ERROR_CODES } from './error-codes.js'
import type { Hint } from './hints.js'
import { withoutStack } from './without-stack.js'

export type { ErrorCode } from './error-codes.js'
export type { Hint } from './hints.js'

/**
 * The `error` of a refusal as the client sees it: RFC 6750 §3.1, RFC 9470 §3, RFC 9449 §7.1 and §9.
 * The last three are this package's own and appear in bodies only.
 */
export type OAuthError =
  | 'invalid_request'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'insufficient_user_authentication'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'
  | 'access_denied'
  | 'temporarily_unavailable'
  | 'server_error'

/** What an error adds to the challenge of its answer. RFC 9110 §11.6.1. */
export interface ChallengeDetail {
  /** The schemes whose challenge shows the error. Default: the scheme of the credentials. */
  readonly schemes?: readonly string[] | undefined
  /** Parameters such as `scope` or `acr_values`, in place of the server's own of that name. */
  readonly parameters?: Readonly<Record<string, string>> | undefined
  /** Response headers such as `dpop-nonce`, lower-case names. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

export interface ErrorDetail {
  readonly cause?: unknown
  readonly hint?: Hint | undefined
  readonly challenge?: ChallengeDetail | undefined
}

/**
 * The base of all errors here. `message` is for the operator and holds no token, key or claim value;
 * `description` is what a client may read. Refusals carry no stack frames: nobody needs them, and
 * they are expensive in a flood.
 */
export abstract class ResourceServerError extends Error {
  static override readonly name: string = 'ResourceServerError'
  abstract readonly status: number
  abstract readonly error: OAuthError | undefined
  readonly code: ErrorCode
  readonly description: string | undefined
  /** The probable cause; for the operator, never sent to clients. */
  readonly hint: Hint | undefined
  /** Response headers, lower-case names. Set when the error becomes an answer or is passed on. */
  headers: Readonly<Record<string, string>> = {}
  /** What the error adds to the challenge of its answer. */
  declare readonly challenge?: ChallengeDetail

  constructor(code: ErrorCode, detail: ErrorDetail = {}) {
    const { message, description } = ERROR_CODES[code]
    const cause = option(detail, 'cause')
    const challenge = option(detail, 'challenge')
    const restore = withoutStack()
    super(message, cause === undefined ? undefined : { cause })
    restore()
    this.code = code
    this.description = description
    this.hint = option(detail, 'hint')
    if (challenge !== undefined) hide(this, 'challenge', challenge)
  }

  override get name(): string {
    return this.constructor.name
  }

  /** The same as `status`, under the name that Koa, Nest and http-errors use. */
  get statusCode(): number {
    return this.status
  }

  /** Whether status and description may be shown to the client, as http-errors defines it. */
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

/** 401: the client needs a token, or a different one. Without credentials there is no `error` (RFC 6750 §3.1). */
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
    const challenge = scopes.length === 0 ? undefined : { parameters: { scope: scopes.join(' ') } }
    super(code, { challenge, ...detail })
    this.requiredScopes = scopes
    this.error = scopes.length > 0 ? 'insufficient_scope' : 'access_denied'
  }
}

/** 503: something upstream is unavailable. The token may be good, so there is no challenge. */
export class UnavailableError extends ResourceServerError {
  static override readonly name = 'UnavailableError'
  readonly status = 503
  readonly error = 'temporarily_unavailable'
  /** Whole seconds, at least 1. */
  readonly retryAfterSeconds: number

  constructor(code: ErrorCode, detail: ErrorDetail & { readonly retryAfterSeconds?: number } = {}) {
    super(code, detail)
    this.retryAfterSeconds = Math.max(1, Math.ceil(option(detail, 'retryAfterSeconds') ?? 1))
  }
}

/** 500: code given to this package (a predicate, a resolver, a store) threw; `cause` is what it threw. */
export class InternalError extends ResourceServerError {
  static override readonly name = 'InternalError'
  readonly status = 500
  readonly error = 'server_error'
}

/** Wrong options or wiring: thrown at start-up, or 500 if only a request shows it. Keeps its stack. */
export class ConfigurationError extends ResourceServerError {
  static override readonly name = 'ConfigurationError'
  readonly status = 500
  readonly error = 'server_error'
  /** The path of the option, such as `issuer[1].jwksUri`. */
  readonly option: string | undefined

  constructor(message: string, option?: string) {
    super(option === undefined ? 'ERR_WIRING' : 'ERR_CONFIGURATION')
    this.message = message
    this.option = option
    Error.captureStackTrace(this, ConfigurationError)
  }
}

/** Converts anything thrown: `next` must never get `undefined` or `'route'`, which let a request pass. */
export function toResourceServerError(thrown: unknown): ResourceServerError {
  return thrown instanceof ResourceServerError ? thrown : new InternalError('ERR_INTERNAL', { cause: thrown })
}

/** Runs code given to this package: what it throws becomes ERR_INTERNAL, unless it is one of these errors. */
export function guarded<T>(run: () => T): T {
  try {
    return run()
  } catch (thrown) {
    throw toResourceServerError(thrown)
  }
}

/** Not enumerable: printing or serialising an error does not show it. */
function hide(error: object, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, configurable: true })
}
