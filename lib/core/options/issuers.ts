/** The `issuer` option: one or many issuers, each with its own values or those of the top level. */
import { headerNames } from '../algorithms.js'
import { isClaimSource, rolesReader, scopesReader, stringReader } from '../claim-source.js'
import type { ClaimSource } from '../claim-source.js'
import { DEFAULT_ID_TOKEN_MARKS } from '../claims.js'
import type { ClaimsPolicy, TokenMarks } from '../claims.js'
import type { TrustedIssuer } from '../issuers.js'
import { isString, isStringArray } from '../own.js'
import { isSymmetric, parseAlgorithms } from './algorithms.js'
import { parseKeyLimits } from './keys.js'
import { parseKeySource } from './key-source.js'
import type { KeySourceContext } from './key-source.js'
import { OptionReader } from './reader.js'
import type { IssuerOptions, TokenOptions } from './types.js'

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

const NAMES: Readonly<Record<keyof IssuerOptions, true>> = {
  ...TOKEN_OPTION_NAMES,
  issuer: true,
  audienceClaim: true,
  metadataUrl: true,
  jwksUri: true,
  jwks: true,
  secret: true,
}

/** What issuers share: the reader of the top-level options, and the means to fetch. */
export interface IssuersContext extends Omit<KeySourceContext, 'limits'> {
  readonly top: OptionReader
}

export function parseIssuers(context: IssuersContext): readonly TrustedIssuer[] {
  const { top } = context
  const value = top.value('issuer')
  if (value === undefined)
    top.fail('issuer', 'is required: the issuer identifier of your authorization server')
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (list.length === 0) top.fail('issuer', 'must not be an empty array')
  const issuers = list.map((each, index) =>
    parseIssuer(each, Array.isArray(value) ? `issuer[${String(index)}]` : 'issuer', context),
  )
  const seen = new Set<string>()
  for (const { issuer } of issuers) {
    if (seen.has(issuer)) top.fail('issuer', 'names one issuer twice')
    seen.add(issuer)
  }
  return issuers
}

function parseIssuer(value: unknown, path: string, context: IssuersContext): TrustedIssuer {
  const { top } = context
  const reader = isString(value)
    ? new OptionReader({ issuer: value }, path === 'issuer' ? '' : path, Object.keys(NAMES))
    : new OptionReader(value, path, Object.keys(NAMES))
  /** The bag in which an option stands. */
  const bag = (name: keyof TokenOptions): OptionReader => (reader.has(name) ? reader : top)
  const issuer = reader.string('issuer') ?? reader.fail('issuer', 'is required')
  const allowed = parseAlgorithms(bag('algorithms'))
  if (reader.has('algorithms') && !reader.has('secret') && allowed?.some(isSymmetric)) {
    reader.fail('algorithms', 'holds an HS* algorithm, which needs a secret')
  }
  const source = parseKeySource(reader, { ...context, limits: parseKeyLimits(bag('keys')) }, allowed)
  return {
    issuer,
    algorithms: new Set(source.algorithms),
    headerAlgorithms: headerNames(source.algorithms),
    keys: source.keys,
    policy: parsePolicy(reader, top, bag),
    scopesOf: scopesReader(parseSources(bag('scopes'), 'scopes') ?? ['scope', 'scp']),
    rolesOf: rolesReader(parseSources(bag('roles'), 'roles') ?? ['roles']),
    clientIdOf: stringReader(
      parseSources(bag('clientId'), 'clientId') ?? ['client_id', 'azp', 'cid', 'appid'],
    ),
  }
}

function parsePolicy(
  reader: OptionReader,
  top: OptionReader,
  bag: (name: keyof TokenOptions) => OptionReader,
): ClaimsPolicy {
  const audiences = bag('audience').strings('audience')
  const anyAudience = top.boolean('dangerouslyAcceptAnyAudience')
  if (audiences === undefined && !anyAudience) {
    top.fail(
      'audience',
      'is required: the identifier of this API, as your authorization server puts it into "aud"',
    )
  }
  if (audiences !== undefined && anyAudience) top.fail('dangerouslyAcceptAnyAudience', 'contradicts audience')
  return {
    profile: bag('profile').oneOf('profile', ['jwt', 'at+jwt']) ?? 'jwt',
    audiences: audiences && new Set(audiences),
    audienceClaim: reader.string('audienceClaim') ?? 'aud',
    idTokenMarks: parseMarks(bag('idTokenMarks')) ?? DEFAULT_ID_TOKEN_MARKS,
    clockToleranceSeconds:
      bag('clockToleranceSeconds').number('clockToleranceSeconds', { min: 0, max: 300 }) ?? 5,
    maxTokenAgeSeconds: top.number('maxTokenAgeSeconds', { min: 1, max: 31_536_000 }),
    requiredClaims: top.strings('requiredClaims') ?? [],
  }
}

function parseSources(reader: OptionReader, name: keyof TokenOptions): readonly ClaimSource[] | undefined {
  const value = reader.value(name)
  if (value === undefined) return undefined
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (list.length === 0 || !list.every(isClaimSource)) {
    return reader.fail(
      name,
      'must be a claim name, a function, or an array of names, paths (arrays of names) and functions',
    )
  }
  return list
}

function parseMarks(reader: OptionReader): TokenMarks | undefined {
  const marks = reader.record('idTokenMarks')
  const isMarks = (value: object): value is TokenMarks =>
    Object.values(value).every((each) => each === true || isStringArray(each))
  if (marks === undefined || isMarks(marks)) return marks
  return reader.fail('idTokenMarks', 'must map claim names to true or to arrays of values')
}
