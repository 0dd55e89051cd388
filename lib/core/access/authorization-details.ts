/** Fine-grained permissions in a token. RFC 9396 §2, §7.1 and §9.1. */
import { adopt, andThen } from '../base/maybe-promise.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import { isObject, own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import { guarded } from '../errors/errors.js'
import type { ResourceRequest } from '../http/request.js'
import { copyOfClaims } from '../token/standard-schema.js'
import type { StandardSchema } from '../token/standard-schema.js'
import { rawClaimsOf } from './principal.js'
import { answerOf } from './requirements.js'
import { MET } from './verdict.js'
import type { Requirement, Verdict } from './verdict.js'

/** One member of `authorization_details`. Its other members depend on its type. */
export interface AuthorizationDetail {
  readonly type: string
  readonly [member: string]: unknown
}

type DetailPredicate = (detail: JsonObject, request: ResourceRequest) => boolean | PromiseLike<boolean>

/** One detail of the type has to match. Details of other types are ignored (RFC 9396 §2.1). */
export function authorizedFor(type: string, matches: DetailPredicate): Requirement {
  const denied: Verdict = Object.freeze({
    denied: 'ERR_AUTHORIZATION_DETAILS_INSUFFICIENT',
    scopes: [],
    missing: 0,
    expected: Object.freeze([`type: ${type}`]),
  })
  return (principal, request) =>
    andThen(
      firstMatch(detailsOf(rawClaimsOf(principal), type), (detail) =>
        answerOf(() => matches(detail, request)),
      ),
      (isMet) => (isMet ? MET : denied),
    )
}

/** A detail matches if the schema has no issues with it. */
export function fitting(schema: StandardSchema): DetailPredicate {
  return (detail) =>
    andThen(
      guarded(() => adopt(schema['~standard'].validate(copyOfClaims(detail)))),
      (result) => result.issues === undefined,
    )
}

function detailsOf(claims: JsonObject, type: string): readonly JsonObject[] {
  const details = own(claims, 'authorization_details')
  if (!Array.isArray(details)) return []
  return details.filter((each): each is JsonObject => isObject(each) && own(each, 'type') === type)
}

/** One after another. Only literal `true` is a match. A client may choose how many details there are. */
function firstMatch(
  details: readonly JsonObject[],
  matches: (detail: JsonObject) => MaybePromise<unknown>,
): MaybePromise<boolean> {
  for (const [index, detail] of details.entries()) {
    const result = matches(detail)
    if (result instanceof Promise) return laterMatch(result, details.slice(index + 1), matches)
    if (result === true) return true
  }
  return false
}

async function laterMatch(
  first: Promise<unknown>,
  others: readonly JsonObject[],
  matches: (detail: JsonObject) => MaybePromise<unknown>,
): Promise<boolean> {
  if ((await first) === true) return true
  for (const detail of others) if ((await matches(detail)) === true) return true
  return false
}
