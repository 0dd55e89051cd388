/** An opaque token as the rest of the server sees it. */
import type { Clocks } from '../core/base/clock.js'
import { andThen } from '../core/base/maybe-promise.js'
import type { MaybePromise } from '../core/base/maybe-promise.js'
import type { JsonObject } from '../core/base/own.js'
import { validateAgain } from '../core/token/claims.js'
import type { ClaimsPolicy, RegisteredClaims } from '../core/token/claims.js'
import type { Issuers, TrustedIssuer } from '../core/token/issuers.js'
import { applySchema } from '../core/token/standard-schema.js'
import type { StandardSchema } from '../core/token/standard-schema.js'
import { verifiedToken } from '../core/token/verifier.js'
import type { Recheck, VerifiedToken } from '../core/token/verifier.js'
import type { ActiveToken } from './memory.js'

export interface TokenContext {
  readonly trusted: TrustedIssuer
  readonly issuers: Pick<Issuers, 'isCurrent'>
  readonly policy: ClaimsPolicy
  readonly clocks: Clocks
  readonly schema: StandardSchema | undefined
}

export class IntrospectedToken {
  readonly isRememberedElsewhere = true
  readonly token: string
  readonly issuer: TrustedIssuer
  readonly header: undefined
  readonly claims: JsonObject
  readonly registered: RegisteredClaims
  readonly output: unknown
  readonly renew: VerifiedToken['renew']
  readonly #context: TokenContext

  constructor(token: string, active: ActiveToken, output: unknown, context: TokenContext) {
    const { output: shared } = active
    this.token = token
    this.issuer = context.trusted
    this.claims = active.claims
    this.registered = active.registered
    this.output = output
    this.renew = shared?.isShareable === false ? () => toVerifiedToken(token, active, context) : undefined
    this.#context = context
  }

  recheck(nowSeconds: number): Recheck {
    const { issuers, trusted, policy } = this.#context
    if (!issuers.isCurrent(trusted)) return 'stale'
    validateAgain(this.registered, this.claims, policy, nowSeconds)
    return 'good'
  }

  /** It has no key that could be due for a refresh. */
  isStillGood(nowSeconds: number): boolean {
    return this.recheck(nowSeconds) === 'good'
  }
}

/** An output that requests cannot share is made again for each. */
export function toVerifiedToken(
  token: string,
  active: ActiveToken,
  context: TokenContext,
): MaybePromise<VerifiedToken> {
  const make = (output: unknown): VerifiedToken =>
    verifiedToken(new IntrospectedToken(token, active, output, context))
  const { schema } = context
  if (schema === undefined) return make(active.claims)
  if (active.output?.isShareable === true) return make(active.output.value)
  return andThen(applySchema(schema, active.claims), ({ value }) => make(value))
}
