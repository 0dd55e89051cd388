/** The `issuer` option: one or many issuers, each with its own values or those of the top level. */
import { ASYMMETRIC_ALGORITHMS, headerNames, SYMMETRIC_ALGORITHMS } from '../algorithms.js'
import { isClaimSource, rolesReader, scopesReader, stringReader } from '../claim-source.js'
import type { ClaimSource } from '../claim-source.js'
import { DEFAULT_ID_TOKEN_MARKS } from '../claims.js'
import type { ClaimsGate, ClaimsPolicy, TokenMarks } from '../claims.js'
import type { JwsGates } from '../compact-jws.js'
import { ResolvedIssuers } from '../issuer-resolver.js'
import type { ResolveIssuer } from '../issuer-resolver.js'
import { StaticIssuers } from '../issuers.js'
import type { Issuers, TrustedIssuer } from '../issuers.js'
import { isString, isStringArray } from '../own.js'
import { isSymmetric, parseAlgorithms } from './algorithms.js'
import { parseKeyOptions } from './keys.js'
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
export interface IssuersContext extends Omit<KeySourceContext, 'limits' | 'snapshot'> {
  readonly top: OptionReader
}

export interface ParsedIssuers {
  readonly issuers: Issuers
  /** What tokens of all of them have in common. */
  readonly gates: Pick<JwsGates, 'algorithms'> & ClaimsGate
}

export function parseIssuers(context: IssuersContext): ParsedIssuers {
  const value = context.top.value('issuer')
  return typeof value === 'function'
    ? issuersByResolver(value as ResolveIssuer, context)
    : givenIssuers(value, context)
}

function givenIssuers(value: unknown, context: IssuersContext): ParsedIssuers {
  const { top } = context
  if (value === undefined)
    top.fail('issuer', 'is required: the issuer identifier of your authorization server')
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (list.length === 0) top.fail('issuer', 'must not be an empty array')
  const path = (index: number): string => (Array.isArray(value) ? `issuer[${String(index)}]` : 'issuer')
  const issuers = list.map((each, index) => parseIssuer(each, path(index), context))
  if (new Set(issuers.map(({ issuer }) => issuer)).size < issuers.length)
    top.fail('issuer', 'names one issuer twice')
  const algorithms = new Set(issuers.flatMap((issuer) => [...issuer.algorithms]))
  if (parseAlgorithms(top)?.some(isSymmetric) && ![...algorithms].some(isSymmetric)) {
    top.fail('algorithms', 'holds an HS* algorithm, which needs an issuer with a secret')
  }
  const policies = issuers.map(({ policy }) => policy)
  return {
    issuers: new StaticIssuers(issuers),
    gates: {
      algorithms: headerNames(algorithms),
      profile: policies.every(({ profile }) => profile === 'at+jwt') ? 'at+jwt' : 'jwt',
      clockToleranceSeconds: Math.max(...policies.map(({ clockToleranceSeconds }) => clockToleranceSeconds)),
    },
  }
}

/** An issuer not met yet may have any options, but its tokens are only looked at when not expired by those of the top. */
function issuersByResolver(resolve: ResolveIssuer, context: IssuersContext): ParsedIssuers {
  const addressPolicy = context.top.boolean('dangerouslyAllowPrivateAddresses') ? 'any' : 'public'
  const parse = (options: unknown): TrustedIssuer =>
    isString(options)
      ? context.top.fail(
          'issuer',
          'was resolved to a string; a resolver answers with an object, or undefined',
        )
      : parseIssuer(options, 'issuer', { ...context, addressPolicy })
  return {
    issuers: new ResolvedIssuers({ resolve, parse, clocks: context.clocks }),
    gates: {
      algorithms: headerNames([...ASYMMETRIC_ALGORITHMS, ...SYMMETRIC_ALGORITHMS]),
      profile: 'jwt',
      clockToleranceSeconds: parseTolerance(context.top),
    },
  }
}

function parseTolerance(reader: OptionReader): number {
  return reader.number('clockToleranceSeconds', { min: 0, max: 300 }) ?? 5
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
  const rest = {
    policy: parsePolicy(reader, top, bag),
    scopesOf: scopesReader(parseSources(bag('scopes'), 'scopes') ?? ['scope', 'scp']),
    rolesOf: rolesReader(parseSources(bag('roles'), 'roles') ?? ['roles']),
    clientIdOf: stringReader(
      parseSources(bag('clientId'), 'clientId') ?? ['client_id', 'azp', 'cid', 'appid'],
    ),
  }
  // Last, because it holds on to a shared source, which nobody would release if another option were wrong.
  const { keys, algorithms } = parseKeySource(
    reader,
    { ...context, ...parseKeyOptions(bag('keys')) },
    allowed,
  )
  return { issuer, algorithms: new Set(algorithms), headerAlgorithms: headerNames(algorithms), keys, ...rest }
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
    clockToleranceSeconds: parseTolerance(bag('clockToleranceSeconds')),
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
