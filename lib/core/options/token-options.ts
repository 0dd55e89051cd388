/** The options that stand at the top level and, in its place, at one issuer: each bag is parsed whole, used or not. */
import type { Algorithm } from '../jws/algorithms.js'
import { isClaimSource } from '../token/claim-source.js'
import type { ClaimSource } from '../token/claim-source.js'
import type { TokenProfile } from '../token/claims.js'
import type { TokenMarks } from '../token/token-marks.js'
import { isObject, isStringArray, own } from '../base/own.js'
import { parseAlgorithms } from './algorithms.js'
import { parseKeyOptions } from './keys.js'
import type { ParsedKeyOptions } from './keys.js'
import type { OptionReader } from './reader.js'
import type { TokenOptions } from './types.js'

export const TOKEN_OPTION_NAMES: Readonly<Record<keyof TokenOptions, true>> = {
  audience: true,
  algorithms: true,
  profile: true,
  idTokenMarks: true,
  clockToleranceSeconds: true,
  scopes: true,
  roles: true,
  clientId: true,
  keys: true,
}

/** `undefined`: the option is not given. */
export interface TokenSettings {
  readonly audience: readonly string[] | undefined
  readonly algorithms: AllowList | undefined
  readonly profile: TokenProfile | undefined
  readonly idTokenMarks: TokenMarks | undefined
  readonly clockToleranceSeconds: number | undefined
  readonly scopes: readonly ClaimSource[] | undefined
  readonly roles: readonly ClaimSource[] | undefined
  readonly clientId: readonly ClaimSource[] | undefined
  readonly keys: ParsedKeyOptions | undefined
}

/** The algorithms to accept, and the bag that a mistake in them is reported of. */
export interface AllowList {
  readonly names: readonly Algorithm[]
  readonly reader: OptionReader
}

export function parseTokenOptions(reader: OptionReader): TokenSettings {
  const names = parseAlgorithms(reader)
  return {
    audience: reader.strings('audience'),
    algorithms: names && { names, reader },
    profile: reader.oneOf('profile', ['jwt', 'at+jwt']),
    idTokenMarks: parseMarks(reader),
    clockToleranceSeconds: reader.number('clockToleranceSeconds', { min: 0, max: 300 }),
    scopes: parseSources(reader, 'scopes'),
    roles: parseSources(reader, 'roles'),
    clientId: parseSources(reader, 'clientId'),
    keys: reader.has('keys') ? parseKeyOptions(reader) : undefined,
  }
}

/** What is set for one issuer stands in place of what is set for all. */
export function override(forAll: TokenSettings, forOne: TokenSettings): TokenSettings {
  const given = Object.entries(forOne).filter(([, value]) => value !== undefined)
  return { ...forAll, ...(Object.fromEntries(given) as Partial<TokenSettings>) }
}

function parseSources(reader: OptionReader, name: keyof TokenOptions): readonly ClaimSource[] | undefined {
  const value = reader.value(name)
  if (value === undefined) return undefined
  const list: readonly unknown[] = Array.isArray(value) ? [...(value as unknown[])] : [value]
  if (list.length > 0 && list.every(isClaimSource)) return list
  return reader.fail(
    name,
    'must be a claim name, a function, or an array of names, paths (arrays of names) and functions',
  )
}

function parseMarks(reader: OptionReader): TokenMarks | undefined {
  const marks = reader.record('idTokenMarks')
  const isMarks = (value: object): value is TokenMarks =>
    Object.values(value).every((each) => each === true || isStringArray(each) || isUnless(each))
  if (marks === undefined || isMarks(marks)) return marks && { ...marks }
  return reader.fail('idTokenMarks', 'must map claim names to true, arrays of values or { unless: [names] }')
}

function isUnless(mark: unknown): boolean {
  return isObject(mark) && Object.keys(mark).length === 1 && isStringArray(own(mark, 'unless'))
}
