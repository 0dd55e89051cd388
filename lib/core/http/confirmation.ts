/** Tokens bound to a key that the sender must prove to hold. RFC 7800 §3.1. The proofs themselves are other files' subject. */
import { adopt, andThen } from '../base/maybe-promise.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import { isObject, own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import { InternalError, UnauthorizedError } from '../errors/errors.js'
import type { SchemeChallenge } from './challenge.js'
import type { Credentials } from './credentials.js'
import type { ResourceRequest, ResponseHeaders } from './request.js'

/** What per-request checks may know of a verified token. */
export interface CheckedToken {
  readonly token: string
  readonly issuer: {
    readonly issuer: string
    readonly clientIdOf: (claims: JsonObject) => string | undefined
  }
  readonly claims: JsonObject
  /** The registered claims that identify it, with their types checked. */
  readonly registered: {
    readonly jti: string | undefined
    readonly subject: string | undefined
    readonly issuedAt: number | undefined
  }
}

/** A request with the verified token that it carries. */
export interface Presented {
  readonly token: CheckedToken
  readonly credentials: Credentials
  readonly request: ResourceRequest
}

/** What a check found, and what is left to do when every other check has passed. */
export interface Confirmation {
  readonly headers?: ResponseHeaders | undefined
  /** Called last, so that no refused request uses up a proof. Throws to refuse. */
  readonly commit?: (() => MaybePromise<ResponseHeaders | undefined>) | undefined
}

/** One way to prove that the sender holds the key that a token is bound to. */
export interface ConfirmationMethod {
  /** The member of `cnf` that this method confirms, such as `jkt`. */
  readonly member: string
  /** The scheme that this method adds, with the parameters of its challenge. */
  readonly challenge?: SchemeChallenge | undefined
  /** Whether tokens that no method binds are refused. Default `false`. */
  readonly isRequired?: boolean | undefined
  /** `expected` is the value of the member in `cnf`. Throws to refuse. */
  check(expected: unknown, presented: Presented): MaybePromise<Confirmation>
  /**
   * The same method within a profile of the server, which allows these signature algorithms only.
   * Absent from methods that verify no signatures. Throws a ConfigurationError if the user chose
   * others.
   */
  narrowedTo?(algorithms: readonly string[]): ConfirmationMethod
}

/** Which bound tokens a server can confirm, and whether it refuses all others. */
export interface ConfirmationPolicy {
  readonly confirmation: readonly ConfirmationMethod[]
  /** Whether tokens that no method binds are refused. */
  readonly requiresConfirmation: boolean
}

/**
 * Checks each member of `cnf` that has a method. Refuses a token that is bound, but by no method
 * given here, and an unbound token that was sent in the scheme of a method (RFC 9449 §7.1).
 */
export function confirm(
  { confirmation: methods, requiresConfirmation }: ConfirmationPolicy,
  presented: Presented,
): MaybePromise<readonly Confirmation[]> {
  const { token, credentials } = presented
  const cnf = own(token.claims, 'cnf')
  const members = isObject(cnf) ? cnf : {}
  const applicable: ConfirmationMethod[] = []
  let isMissing = false
  for (const method of methods) {
    const expected = own(members, method.member)
    // Neither a binding that a sender could fail to confirm, nor none.
    if (expected === null) throw new UnauthorizedError('ERR_CLAIM_INVALID')
    if (expected !== undefined) applicable.push(method)
    else if (method.challenge?.scheme === credentials.scheme) isMissing = true
  }
  if (applicable.length === 0 && Object.hasOwn(token.claims, 'cnf'))
    throw new UnauthorizedError('ERR_CONFIRMATION_UNSUPPORTED')
  if (isMissing || (requiresConfirmation && applicable.length === 0))
    throw new UnauthorizedError('ERR_CONFIRMATION_MISSING')
  return checkEach(applicable, members, presented)
}

/** For tokens without a request: nobody can show that the sender holds the key. */
export function assertNotSenderConstrained(claims: JsonObject): void {
  if (Object.hasOwn(claims, 'cnf')) throw new UnauthorizedError('ERR_CONFIRMATION_UNSUPPORTED')
}

/** For unbound tokens without a request, where only bound ones are accepted. */
export function assertNothingRequired({ requiresConfirmation }: ConfirmationPolicy): void {
  if (requiresConfirmation) throw new UnauthorizedError('ERR_CONFIRMATION_MISSING')
}

function checkEach(
  methods: readonly ConfirmationMethod[],
  members: JsonObject,
  presented: Presented,
): MaybePromise<readonly Confirmation[]> {
  const confirmed: Confirmation[] = []
  const checkFrom = (index: number): MaybePromise<readonly Confirmation[]> => {
    const method = methods[index]
    if (method === undefined) return confirmed
    return andThen(adopt(method.check(own(members, method.member), presented)), (confirmation) => {
      assertAnswer(confirmation)
      confirmed.push(confirmation)
      return checkFrom(index + 1)
    })
  }
  return checkFrom(0)
}

/** `false` would read as a refusal, and let the request pass. */
export function assertAnswer(answer: unknown): void {
  if (isObject(answer)) return
  const cause = new TypeError(
    'A confirmation method or a request check must return an object, and throw to refuse',
  )
  throw new InternalError('ERR_INTERNAL', { cause })
}
