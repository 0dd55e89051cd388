/** From an error to the answer: status, headers, body. RFC 6750 §3, RFC 9110 §11.6.1, RFC 9728 §5.1. It cannot throw. */
import { ForbiddenError, UnavailableError } from '../errors/errors.js'
import type { ErrorCode, ResourceServerError } from '../errors/errors.js'

export interface ChallengeConfig {
  readonly realm: string | undefined
  /** The scopes that a first token should have. */
  readonly scopes: readonly string[]
  /** The URL of this resource's metadata (RFC 9728 §5.1). */
  readonly resourceMetadata: string | undefined
}

export interface Refusal {
  readonly status: number
  /** What the error says, also where somebody else answers. */
  readonly headers: Readonly<Record<string, string>>
  /** The same with those of the body. */
  readonly headersWithBody: Readonly<Record<string, string>>
  readonly body: string
}

type Parameters = Readonly<Record<string, string | undefined>>

export class Challenger {
  readonly #config: ChallengeConfig
  /** One answer for each code, as a code goes with one status: nothing in them depends on the request. */
  readonly #fixed = new Map<ErrorCode, Refusal>()

  constructor(config: ChallengeConfig) {
    this.#config = config
  }

  refusal(error: ResourceServerError): Refusal {
    if (error instanceof ForbiddenError || error instanceof UnavailableError) return this.#refusal(error)
    const known = this.#fixed.get(error.code)
    if (known?.status === error.status) return known
    const refusal = this.#refusal(error)
    this.#fixed.set(error.code, refusal)
    return refusal
  }

  #refusal(error: ResourceServerError): Refusal {
    const challenge = this.#challenge(error)
    const headers = {
      'cache-control': 'no-store',
      ...(challenge !== undefined && { 'www-authenticate': challenge }),
      ...(error instanceof UnavailableError && { 'retry-after': String(error.retryAfterSeconds) }),
    }
    const body = JSON.stringify(bodyOf(error))
    const ofBody = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }
    return { status: error.status, headers, headersWithBody: { ...headers, ...ofBody }, body }
  }

  /** None where the token may be good (503), and none where no token would help (403 for a role). */
  #challenge(error: ResourceServerError): string | undefined {
    const { realm, resourceMetadata } = this.#config
    if (error.status >= 500 || error.error === 'access_denied') return undefined
    const scopes = error instanceof ForbiddenError ? error.requiredScopes : this.#config.scopes
    return bearer({
      realm,
      error: error.error,
      error_description: error.error && error.description,
      scope: scopes.length > 0 ? scopes.join(' ') : undefined,
      resource_metadata: resourceMetadata,
    })
  }
}

/** Without credentials the body says nothing either: RFC 6750 §3.1. */
function bodyOf(error: ResourceServerError): object {
  return error.error === undefined ? {} : { error: error.error, error_description: error.description }
}

function bearer(parameters: Parameters): string {
  const given = Object.entries(parameters).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  const list = given.map(([name, value]) => `${name}=${quoted(value)}`).join(', ')
  return list === '' ? 'Bearer' : `Bearer ${list}`
}

/** RFC 9110 §5.6.4; RFC 6750 §3 allows printable ASCII alone. */
function quoted(value: string): string {
  const printable = value.replace(/[^\x20-\x7e]/g, '')
  return `"${printable.replace(/["\\]/g, '\\$&')}"`
}
