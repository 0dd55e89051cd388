/** What is asked on every request, for remembered tokens too: confirmation, further checks, and what they commit. */
import { adopt, andThen } from '../base/maybe-promise.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import { assertAnswer, assertNotSenderConstrained, confirm } from './confirmation.js'
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
  assertNotSenderConstrained(presented.token.claims)
  return runUnbound(policy.checks, presented)
}

/** Without a closure as long as the checks have nothing to add and answer at once, as they mostly do. */
function runUnbound(
  checks: readonly RequestCheck[],
  { token, credentials, request }: Presented,
): MaybePromise<ResponseHeaders> {
  for (let index = 0; index < checks.length; index++) {
    const added = checks[index]?.(token, credentials, request)
    if (added !== undefined) {
      const others = checks.slice(index + 1)
      return runRest(added, others, { token, credentials, request })
    }
  }
  return credentials.responseHeaders
}

function runRest(
  added: MaybePromise<ResponseHeaders | undefined>,
  checks: readonly RequestCheck[],
  { token, credentials, request }: Presented,
): MaybePromise<ResponseHeaders> {
  const steps = [() => added, ...checks.map((check) => () => check(token, credentials, request))]
  return runEach(steps, credentials.responseHeaders)
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
  // A polluted prototype may have a member of that name.
  const step = from < steps.length ? steps[from] : undefined
  if (step === undefined) return headers
  return andThen(adopt(step()), (added) => {
    if (added === undefined) return runEach(steps, headers, from + 1)
    assertAnswer(added)
    return runEach(steps, { ...headers, ...added }, from + 1)
  })
}
