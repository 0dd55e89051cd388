/** How, how strongly and how recently the user has logged in. RFC 9470 §3 and §4, RFC 8176 §2. */
import { isString, isStringArray, own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import { rawClaimsOf, rulesOf } from './principal.js'
import type { Login, Requirement, Verdict } from './verdict.js'

export interface LoginRequirement {
  /** One of them is enough, and so is a stronger one by `acrLevels`. */
  readonly acrValues: readonly string[] | undefined
  /** All of them are required. */
  readonly amr: readonly string[] | undefined
  readonly maxAgeSeconds: number | undefined
}

/** Not checked: whether the issuer means by a class what this server means by it. */
export function loggedIn({ acrValues, amr, maxAgeSeconds }: LoginRequirement): Requirement {
  const expected = Object.freeze([
    ...(acrValues ?? []).map((value) => `acr: ${value}`),
    ...(amr ?? []).map((value) => `amr: ${value}`),
    ...(maxAgeSeconds === undefined ? [] : [`maxAgeSeconds: ${String(maxAgeSeconds)}`]),
  ])
  const judgement = (acrLevels: readonly string[]): Judgement => {
    const acceptedAcrValues = acrValues && withStronger(acrValues, acrLevels)
    const login: Login = { acrValues, acceptedAcrValues, maxAgeSeconds }
    const asked = { scopes: [], missing: 0, expected }
    return {
      acceptedAcrValues,
      met: { ...asked, denied: undefined, keptLogins: [login] },
      denied: { ...asked, denied: 'ERR_AUTHENTICATION_INSUFFICIENT', login },
    }
  }
  // The order of the classes is that of a server, and one guard may serve several.
  const judgements = new WeakMap<readonly string[], Judgement>()
  return (principal) => {
    const claims = rawClaimsOf(principal)
    const { acrLevels, nowSeconds, clockToleranceSeconds } = rulesOf(principal)
    const { acceptedAcrValues, met, denied } =
      judgements.get(acrLevels) ?? remember(judgements, acrLevels, judgement(acrLevels))
    const isMet =
      (acceptedAcrValues === undefined || isOneOf(own(claims, 'acr'), acceptedAcrValues)) &&
      (amr === undefined || hasUsed(amr, claims)) &&
      (maxAgeSeconds === undefined ||
        isRecent(own(claims, 'auth_time'), nowSeconds, { maxAgeSeconds, clockToleranceSeconds }))
    return isMet ? met : denied
  }
}

/** What the requirement says to the principals of one server. */
interface Judgement {
  readonly acceptedAcrValues: readonly string[] | undefined
  readonly met: Verdict
  readonly denied: Verdict
}

function remember<K extends object, V>(known: WeakMap<K, V>, key: K, value: V): V {
  known.set(key, value)
  return value
}

/** The classes that were named, and those above the weakest of them. */
function withStronger(named: readonly string[], levels: readonly string[]): readonly string[] {
  const positions = named.map((value) => levels.indexOf(value)).filter((position) => position !== -1)
  if (positions.length === 0) return named
  const stronger = levels.slice(Math.min(...positions))
  return [...new Set([...named, ...stronger])]
}

function isOneOf(acr: unknown, accepted: readonly string[]): boolean {
  return isString(acr) && accepted.includes(acr)
}

/** RFC 8176 §1: `amr` is an array of strings. */
function hasUsed(methods: readonly string[], claims: JsonObject): boolean {
  const amr = own(claims, 'amr')
  return isStringArray(amr) && methods.every((method) => amr.includes(method))
}

interface Age {
  readonly maxAgeSeconds: number
  readonly clockToleranceSeconds: number
}

/** Without `auth_time` a login is not recent: `iat` would be that of a refresh. RFC 9470 §5. */
function isRecent(
  authTime: unknown,
  nowSeconds: number,
  { maxAgeSeconds, clockToleranceSeconds }: Age,
): boolean {
  if (typeof authTime !== 'number' || !Number.isFinite(authTime)) return false
  const age = Math.floor(nowSeconds) - authTime
  return age <= maxAgeSeconds + clockToleranceSeconds && age >= -clockToleranceSeconds
}
