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

export interface RequestChecks extends ConfirmationPolicy {
  readonly checks: readonly RequestCheck[]
}

type Step = () => MaybePromise<ResponseHeaders | undefined>

/** Confirmation first, then the checks in their order, then what confirmation has to commit. */
export function runChecks(policy: RequestChecks, presented: Presented): MaybePromise<ResponseHeaders> {
  if (policy.confirmation.length > 0 || policy.checks.length > 0) return runAll(policy, presented)
  assertNotSenderConstrained(presented.token.claims)
  return presented.credentials.responseHeaders
}

function runAll(policy: RequestChecks, presented: Presented): MaybePromise<ResponseHeaders> {
  const { token, credentials, request } = presented
  return andThen(confirm(policy, presented), (confirmed) => {
    const steps: Step[] = []
    for (const { headers } of confirmed) if (headers !== undefined) steps.push(() => headers)
    for (const check of policy.checks) steps.push(() => check(token, credentials, request))
    for (const { commit } of confirmed) if (commit !== undefined) steps.push(commit)
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

function runEach(steps: readonly Step[], headers: ResponseHeaders, from = 0): MaybePromise<ResponseHeaders> {
  const step = from < steps.length ? steps[from] : undefined
  if (step === undefined) return headers
  return andThen(step(), (added) =>
    runEach(steps, added === undefined ? headers : { ...headers, ...added }, from + 1),
  )
}
