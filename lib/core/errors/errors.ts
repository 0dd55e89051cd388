/**
 * Every error that this package throws or hands on: few classes, one for each reaction they ask for, and many
 * stable codes. RFC 6750 §3.1 gives the values of `error`.
 */
import type { ErrorCode } from './error-codes.js'
import { ERROR_CODES } from './error-codes.js'
import type { Hint } from './hints.js'
import { option } from '../base/own.js'

export type { ErrorCode } from './error-codes.js'
export type { Hint } from './hints.js'

/** The `error` of a refusal as the client sees it. RFC 6750 §3.1; the last three are ours, for bodies alone. */
export type OAuthError =
  | 'invalid_request'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'access_denied'
  | 'temporarily_unavailable'
  | 'server_error'

export interface ErrorDetail {
  readonly cause?: unknown
  readonly hint?: Hint | undefined
}

/**
 * The base of all errors here. `message` is for the operator and holds no token, key or claim value; `description`
 * is what a client may read. Refusals carry no stack frames: nobody needs them, and under a flood they are costly.
 */
export abstract class ResourceServerError extends Error {
  static override readonly name: string = 'ResourceServerError'
  abstract readonly status: number
  abstract readonly error: OAuthError | undefined
  readonly code: ErrorCode
  readonly description: string | undefined
  /** What probably went wrong; for the operator, never on the wire. */
  readonly hint: Hint | undefined
  /** Response headers, lower-case names. Filled in when the error becomes an answer or is handed on. */
  headers: Readonly<Record<string, string>> = {}

  constructor(code: ErrorCode, detail: ErrorDetail = {}) {
    const { message, description } = ERROR_CODES[code]
    const cause = option(detail, 'cause')
    const limit = Error.stackTraceLimit
    Error.stackTraceLimit = 0
    super(message, cause === undefined ? undefined : { cause })
    Error.stackTraceLimit = limit
    this.code = code
    this.description = description
    this.hint = option(detail, 'hint')
  }

  override get name(): string {
    return this.constructor.name
  }

  /** Whether status and description may be shown to the client, as http-errors defines it. */
  get expose(): boolean {
    return this.status < 500
  }
}

/** 400: the request itself is malformed. */
export class InvalidRequestError extends ResourceServerError {
  static override readonly name: string = 'InvalidRequestError'
  readonly status = 400
  readonly error = 'invalid_request'
}

/** 401: the client needs a token, or another one. Without credentials there is no `error` (RFC 6750 §3.1). */
export class UnauthorizedError extends ResourceServerError {
  static override readonly name: string = 'UnauthorizedError'
  readonly status = 401
  readonly error: 'invalid_token' | undefined

  constructor(code: ErrorCode, detail: ErrorDetail = {}) {
    super(code, detail)
    this.error = code === 'ERR_CREDENTIALS_MISSING' ? undefined : 'invalid_token'
  }
}

/** 403: the token is good, and does not grant this. */
export class ForbiddenError extends ResourceServerError {
  static override readonly name: string = 'ForbiddenError'
  readonly status = 403
  readonly error: 'insufficient_scope' | 'access_denied'
  /** The scopes that would grant it; empty when no scope would. */
  readonly requiredScopes: readonly string[]

  constructor(code: ErrorCode, detail: ErrorDetail & { readonly requiredScopes?: readonly string[] } = {}) {
    super(code, detail)
    this.requiredScopes = option(detail, 'requiredScopes') ?? []
    this.error = this.requiredScopes.length > 0 ? 'insufficient_scope' : 'access_denied'
  }
}

/** 503: something upstream cannot be reached. The token may be good, so there is no challenge. */
export class UnavailableError extends ResourceServerError {
  static override readonly name: string = 'UnavailableError'
  readonly status = 503
  readonly error = 'temporarily_unavailable'
  readonly retryAfterSeconds: number

  constructor(code: ErrorCode, detail: ErrorDetail & { readonly retryAfterSeconds?: number } = {}) {
    super(code, detail)
    this.retryAfterSeconds = Math.max(1, Math.ceil(option(detail, 'retryAfterSeconds') ?? 1))
  }
}

/** 500: code handed to this package (a predicate, a resolver, a store) threw; `cause` is what it threw. */
export class InternalError extends ResourceServerError {
  static override readonly name: string = 'InternalError'
  readonly status = 500
  readonly error = 'server_error'
}

/** Wrong options or wrong wiring: thrown at start-up, or 500 where only a request shows it. Keeps its stack. */
export class ConfigurationError extends ResourceServerError {
  static override readonly name: string = 'ConfigurationError'
  readonly status = 500
  readonly error = 'server_error'
  /** The option's path, such as `issuer[1].jwksUri`. */
  readonly option: string | undefined

  constructor(message: string, option?: string) {
    super(option === undefined ? 'ERR_WIRING' : 'ERR_CONFIGURATION')
    this.message = message
    this.option = option
    Error.captureStackTrace(this, ConfigurationError)
  }
}

/** Whatever was thrown becomes one of ours: `next` must never see `undefined` or `'route'`, which let a request pass. */
export function toResourceServerError(thrown: unknown): ResourceServerError {
  return thrown instanceof ResourceServerError ? thrown : new InternalError('ERR_INTERNAL', { cause: thrown })
}

/** Runs code that was handed to this package: what it throws becomes ERR_INTERNAL, unless it is one of ours. */
export function guarded<T>(run: () => T): T {
  try {
    return run()
  } catch (thrown) {
    throw toResourceServerError(thrown)
  }
}
