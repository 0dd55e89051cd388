/** From an error to its answer: status, headers, body, without a response object. RFC 6750 §3, RFC 9728 §5.1. */
import { ERROR_CODES } from '../errors/error-codes.js'
import { UnavailableError } from '../errors/errors.js'
import type { ErrorCode, ResourceServerError } from '../errors/errors.js'
import { renderChallenges } from './challenge.js'
import type { SchemeChallenge } from './challenge.js'
import type { ResponseHeaders } from './request.js'

/** The answer to a refused request. */
export interface Answer {
  readonly status: number
  /** Lower-case names. */
  readonly headers: ResponseHeaders
  /** JSON. */
  readonly body: string
}

/** An answer, and its headers without those of the body, for errors that someone else answers. */
export interface RenderedAnswer extends Answer {
  readonly errorHeaders: ResponseHeaders
}

export interface ChallengeConfig {
  readonly realm: string | undefined
  /** The scopes that a first token should have. */
  readonly scopes: readonly string[]
  /** The URL of this resource's metadata (RFC 9728 §5.1). */
  readonly resourceMetadata: string | undefined
  /** Schemes that are offered next to `Bearer`, which always comes first. */
  readonly schemes?: readonly SchemeChallenge[] | undefined
  /** Whether `Bearer` is offered. Default `true`. */
  readonly offersBearer?: boolean | undefined
}

interface FixedAnswer extends Pick<ResourceServerError, 'status' | 'error'> {
  readonly answer: RenderedAnswer
}

const DEFAULT_SCHEME = 'Bearer'

/** Renders the answers of one server. */
export class Answers {
  readonly #schemes: readonly SchemeChallenge[]
  /** Answers that depend only on the code, status and `error`. */
  readonly #fixed = new Map<ErrorCode, FixedAnswer>()

  constructor({ realm, scopes, resourceMetadata, schemes = [], offersBearer = true }: ChallengeConfig) {
    const scope = scopes.length > 0 ? scopes.join(' ') : undefined
    const bearer = {
      realm,
      error: undefined,
      error_description: undefined,
      scope,
      resource_metadata: resourceMetadata,
    }
    const withMetadata = { resource_metadata: resourceMetadata }
    this.#schemes = offersBearer
      ? [{ scheme: DEFAULT_SCHEME, parameters: bearer }, ...schemes.map((each) => adding(withMetadata, each))]
      : schemes.map((each) => adding(bearer, each))
  }

  /** `scheme` is that of the refused credentials. */
  of(error: ResourceServerError, scheme: string = DEFAULT_SCHEME): RenderedAnswer {
    if (scheme !== DEFAULT_SCHEME || !isFixed(error)) return this.#render(error, scheme)
    const known = this.#fixed.get(error.code)
    if (known?.status === error.status && known.error === error.error) return known.answer
    const answer = this.#render(error, scheme)
    this.#fixed.set(error.code, { status: error.status, error: error.error, answer })
    return answer
  }

  #render(error: ResourceServerError, scheme: string): RenderedAnswer {
    const challenge = this.#challenge(error, scheme)
    const errorHeaders = {
      'cache-control': 'no-store',
      ...error.challenge?.headers,
      ...(challenge !== undefined && { 'www-authenticate': challenge }),
      ...(error instanceof UnavailableError && { 'retry-after': String(error.retryAfterSeconds) }),
    }
    const body = JSON.stringify(bodyOf(error))
    const bodyHeaders = {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
    }
    const headers = Object.freeze({ ...errorHeaders, ...bodyHeaders })
    return { status: error.status, headers, errorHeaders: Object.freeze(errorHeaders), body }
  }

  /** None for a 503, as the token may be good, and none for a role, as no token would help. */
  #challenge(error: ResourceServerError, scheme: string): string | undefined {
    if (error.status >= 500 || error.error === 'access_denied') return undefined
    const used = error.challenge?.schemes ?? [scheme]
    const offered = this.#schemes.map((each) => each.scheme)
    // A scheme that is not offered has no challenge, so the error stands in those that are.
    const shown = used.some((each) => offered.includes(each)) ? used : offered
    const own = {
      error: error.error,
      error_description: error.error && error.description,
      ...error.challenge?.parameters,
    }
    const scope = error.challenge?.parameters?.['scope']
    return renderChallenges(
      this.#schemes.map((each) =>
        shown.includes(each.scheme)
          ? { scheme: each.scheme, parameters: { ...each.parameters, ...own } }
          : asking(scope, each),
      ),
    )
  }
}

/** Clients that read the first challenge only ask for the scopes that they find there. */
function asking(scope: string | undefined, each: SchemeChallenge): SchemeChallenge {
  const hasScope = scope !== undefined && Object.hasOwn(each.parameters, 'scope')
  return hasScope ? { ...each, parameters: { ...each.parameters, scope } } : each
}

/** The parameters that all schemes share come first. */
function adding(shared: SchemeChallenge['parameters'], each: SchemeChallenge): SchemeChallenge {
  return { ...each, parameters: { ...shared, ...each.parameters } }
}

/** Someone else's text must not be remembered for other clients. */
function isFixed(error: ResourceServerError): boolean {
  return (
    error.challenge === undefined &&
    !(error instanceof UnavailableError) &&
    error.description === ERROR_CODES[error.code].description
  )
}

/** For people: the challenge of a request without credentials stays bare (RFC 6750 §3.1). */
const NO_CREDENTIALS = {
  message: 'This request needs an access token, usually in the header "Authorization: Bearer <token>"',
}

function bodyOf(error: ResourceServerError): object {
  return error.error === undefined
    ? NO_CREDENTIALS
    : { error: error.error, error_description: error.description }
}
