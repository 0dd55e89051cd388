/**
 * The options that exist for all issuers and for one. Each bag is parsed completely, used or not.
 */
import type { Algorithm } from '../jws/algorithms.js'
import { toClaimSource } from '../token/claim-source.js'
import type { PlainClaimSource } from '../token/claim-source.js'
import type { RequiredClaim } from '../token/required-claims.js'
import type { TokenMarks } from '../token/token-marks.js'
import { isObject, isStringArray, own } from '../base/own.js'
import { parseAlgorithms } from './algorithms.js'
import { isMadeOfUndefined, MADE_OF_UNDEFINED } from './issuer-identifier.js'
import { parseKeyOptions } from './keys.js'
import type { ParsedKeyOptions } from './keys.js'
import type { OptionReader } from './reader.js'
import { parseRequiredClaims } from './required-claims.js'
import type { Profile, TokenOptions } from './token-types.js'

const CLAIM_SOURCES =
  'must be a claim name, a path ({ path: ["realm_access", "roles"] }), a function, or an array of these'

/** `undefined`: the option is not given. */
export interface TokenSettings {
  readonly audience: readonly string[] | undefined
  readonly algorithms: AllowList | undefined
  readonly profile: Profile | undefined
  readonly idTokenMarks: TokenMarks | undefined
  readonly requiredClaims: readonly RequiredClaim[] | undefined
  readonly clockToleranceSeconds: number | undefined
  readonly scopes: readonly PlainClaimSource[] | undefined
  readonly roles: readonly PlainClaimSource[] | undefined
  readonly clientId: readonly PlainClaimSource[] | undefined
  readonly keys: ParsedKeyOptions | undefined
}

/** The accepted algorithms, and the reader of the bag that they come from, for error messages. */
export interface AllowList {
  readonly names: readonly Algorithm[]
  readonly reader: OptionReader
}

export function parseTokenOptions(reader: OptionReader): TokenSettings {
  const names = parseAlgorithms(reader)
  const audience = reader.strings('audience')
  if (audience?.some(isMadeOfUndefined)) reader.fail('audience', MADE_OF_UNDEFINED)
  return {
    audience,
    algorithms: names && { names, reader },
    profile: reader.oneOf('profile', ['jwt', 'at+jwt', 'fapi2']),
    idTokenMarks: parseMarks(reader),
    requiredClaims: parseRequiredClaims(reader),
    clockToleranceSeconds: reader.number('clockToleranceSeconds', { min: 0, max: 300 }),
    scopes: parseSources(reader, 'scopes'),
    roles: parseSources(reader, 'roles'),
    clientId: parseSources(reader, 'clientId'),
    keys: reader.has('keys') ? parseKeyOptions(reader) : undefined,
  }
}

/**
 * An option of one issuer replaces the same option for all issuers, but takes no required claim
 * away.
 */
export function override(forAll: TokenSettings, forOne: TokenSettings): TokenSettings {
  const given = Object.entries(forOne).filter(([, value]) => value !== undefined)
  const requiredClaims = [...(forAll.requiredClaims ?? []), ...(forOne.requiredClaims ?? [])]
  return { ...forAll, ...(Object.fromEntries(given) as Partial<TokenSettings>), requiredClaims }
}

function parseSources(
  reader: OptionReader,
  name: keyof TokenOptions,
): readonly PlainClaimSource[] | undefined {
  const value = reader.value(name)
  if (value === undefined) return undefined
  const list: readonly unknown[] = Array.isArray(value) ? Array.from<unknown>(value) : [value]
  const sources = list.map((each) => toClaimSource(each) ?? reader.fail(name, CLAIM_SOURCES))
  const names = sources.flatMap((each) => (typeof each === 'function' ? [] : each))
  if (!names.every(isName)) reader.fail(name, 'has a name that is empty, or begins or ends with white space')
  return sources.length > 0 ? sources : reader.fail(name, CLAIM_SOURCES)
}

function isName(name: string): boolean {
  return name !== '' && name.trim() === name
}

function parseMarks(reader: OptionReader): TokenMarks | undefined {
  const marks = reader.plainRecord('idTokenMarks')
  const isMarks = (value: object): value is TokenMarks =>
    Object.values(value).every((each) => each === true || isStringArray(each) || isUnless(each))
  if (marks === undefined || isMarks(marks)) return marks && { ...marks }
  return reader.fail('idTokenMarks', 'must map claim names to true, arrays of values or { unless: [names] }')
}

function isUnless(mark: unknown): boolean {
  return isObject(mark) && Object.keys(mark).length === 1 && isStringArray(own(mark, 'unless'))
}
