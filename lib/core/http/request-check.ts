/** What is asked on every request, for remembered tokens too: confirmation, further checks, and what they commit. */
import { andThen } from '../base/maybe-promise.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import { assertNotSenderConstrained, confirm } from './confirmation.js'
import type { CheckedToken, ConfirmationPolicy, Presented } from './confirmation.js'
import type { Credentials } from './credentials.js'
import type { ResourceRequest, ResponseHeaders } from './request.js'

/**
 * Judges a verified token once more, such as by a list of revoked ones. Returns response headers or
 * nothing; throws to refuse. Without a request (`verify(token)`) the last two are `undefined`.
 */
export type RequestCheck = (
  token: CheckedToken,
  credentials: Credentials | undefined,
  request: ResourceRequest | undefined,
) => MaybePromise<ResponseHeaders | undefined>

/** What the option `revocation` takes. */
export interface RevocationMethod {
  readonly check: RequestCheck
}

export interface RequestChecks extends ConfirmationPolicy {
  readonly checks: readonly RequestCheck[]
}

type Step = () => MaybePromise<ResponseHeaders | undefined>

/** Confirmation first, then the checks in their order, then what confirmation has to commit. */
export function runChecks(policy: RequestChecks, presented: Presented): MaybePromise<ResponseHeaders> {
  if (policy.confirmation.length > 0 || policy.requiresConfirmation) return runAll(policy, presented)
  const { token, credentials, request } = presented
  assertNotSenderConstrained(token.claims)
  if (policy.checks.length === 0) return credentials.responseHeaders
  const check = policy.checks[0]
  // The usual case, without a closure for each request.
  if (policy.checks.length > 1 || check === undefined) return runAll(policy, presented)
  const added = check(token, credentials, request)
  return added === undefined ? credentials.responseHeaders : withAdded(added, credentials.responseHeaders)
}

function withAdded(
  added: MaybePromise<ResponseHeaders | undefined>,
  headers: ResponseHeaders,
): MaybePromise<ResponseHeaders> {
  return runEach([() => added], headers)
}

function runAll(policy: RequestChecks, presented: Presented): MaybePromise<ResponseHeaders> {
  const { token, credentials, request } = presented
  return andThen(confirm(policy, presented), (confirmed) => {
    const steps: readonly Step[] = [
      ...confirmed.map(
        ({ headers }) =>
          () =>
            headers,
      ),
      ...policy.checks.map((check) => () => check(token, credentials, request)),
      ...confirmed.map(
        ({ commit }) =>
          () =>
            commit?.(),
      ),
    ]
    return runEach(steps, credentials.responseHeaders)
  })
}

/** The checks of a token that came without a request. */
export function runTokenChecks(checks: readonly RequestCheck[], token: CheckedToken): MaybePromise<unknown> {
  return runEach(
    checks.map((check) => () => check(token, undefined, undefined)),
    {},
  )
}

function runEach(
  [first, ...others]: readonly Step[],
  headers: ResponseHeaders,
): MaybePromise<ResponseHeaders> {
  if (first === undefined) return headers
  return andThen(first(), (added) =>
    runEach(others, added === undefined ? headers : { ...headers, ...added }),
  )
}
