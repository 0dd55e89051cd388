/**
 * The `issuer` option: one issuer or several, each with its own values or those of the top level.
 */
import { isString } from '../base/own.js'
import { ASYMMETRIC_ALGORITHMS, headerNames, SYMMETRIC_ALGORITHMS } from '../jws/algorithms.js'
import type { Algorithm } from '../jws/algorithms.js'
import type { AddressPolicy } from '../net/addresses.js'
import type { IssuerSettings, IssuersSettings, ServerSettings } from '../server/settings.js'
import type { ClaimsPolicy } from '../token/claims.js'
import type { ResolveIssuer } from '../token/resolver-call.js'
import { ResourceAudience } from '../token/resource-audience.js'
import { DEFAULT_ID_TOKEN_MARKS } from '../token/token-marks.js'
import { isSymmetric } from './algorithms.js'
import { assertFapi, assertIssuerProfile, FAPI_ALGORITHMS, isFapi } from './fapi.js'
import { DEFAULT_KEY_OPTIONS } from './keys.js'
import { parseKeySource } from './key-source.js'
import { assertIssuerIdentifier } from './issuer-identifier.js'
import { ISSUER_OPTIONS } from './names.js'
import { OptionReader } from './reader.js'
import { override, parseTokenOptions } from './token-options.js'
import type { AllowList, TokenSettings } from './token-options.js'
import { withoutNull } from './without-null.js'

export interface ParsedIssuers {
  readonly issuers: IssuersSettings
  readonly gates: Omit<ServerSettings['gates'], 'maxTokenBytes'>
}

/** What issuers share: the top-level options. */
interface Shared {
  readonly top: OptionReader
  readonly forAll: TokenSettings
  readonly maxTokenAgeSeconds: number | undefined
  /** `profile: 'fapi2'`. */
  readonly isFapi: boolean
  readonly acceptsAnyAudience: boolean
  /** The audience of tokens for which none is configured. */
  readonly resource: string | undefined
  readonly allowInsecureHttp: boolean
  /** The operator chose the issuers in the options, so that these may have any address. */
  readonly addressPolicy: AddressPolicy
  /** Whether a resolver gave the options of the issuer, which a token had named. */
  readonly isResolved: boolean
}

const DEFAULT_TOLERANCE_SECONDS = 5

/** `resource` is the resource identifier of the metadata, the default of `audience`. */
export function parseIssuers(top: OptionReader, resource: string | undefined): ParsedIssuers {
  const shared: Shared = {
    top,
    forAll: parseTokenOptions(top),
    maxTokenAgeSeconds: top.number('maxTokenAgeSeconds', { min: 1, max: 31_536_000 }),
    isFapi: isFapi(top),
    acceptsAnyAudience: top.boolean('dangerouslyAcceptAnyAudience'),
    resource,
    allowInsecureHttp: top.boolean('dangerouslyAllowInsecureHttp'),
    addressPolicy: 'any',
    isResolved: false,
  }
  if (shared.isFapi) assertFapi(top, shared.forAll)
  const resolvedPolicy = top.boolean('dangerouslyAllowPrivateAddresses') ? 'any' : 'public'
  const value = top.value('issuer')
  return typeof value === 'function'
    ? issuersByResolver(value as ResolveIssuer, {
        ...shared,
        addressPolicy: resolvedPolicy,
        isResolved: true,
      })
    : givenIssuers(value, shared)
}

function givenIssuers(value: unknown, shared: Shared): ParsedIssuers {
  const { top, forAll } = shared
  if (value === undefined) {
    top.fail(
      'issuer',
      'is required: the issuer identifier of your authorization server, such as https://login.example.com',
    )
  }
  const list: readonly unknown[] = Array.isArray(value) ? [...(value as readonly unknown[])] : [value]
  if (list.length === 0) top.fail('issuer', 'must not be an empty array')
  const path = (index: number): string => (Array.isArray(value) ? `issuer[${String(index)}]` : 'issuer')
  const issuers = list.map((each, index) => parseIssuer(each, path(index), shared))
  if (new Set(issuers.map(({ issuer }) => issuer)).size < issuers.length) {
    top.fail('issuer', 'names one issuer twice. Write each issuer once')
  }
  const algorithms = new Set(issuers.flatMap((issuer) => [...issuer.algorithms]))
  assertAllUsed(forAll.algorithms, [...algorithms])
  const policies = issuers.map(({ policy }) => policy)
  return {
    issuers: { kind: 'given', issuers },
    gates: {
      algorithms: headerNames(algorithms),
      profile: policies.every(({ profile }) => profile === 'at+jwt') ? 'at+jwt' : 'jwt',
      clockToleranceSeconds: Math.max(...policies.map(({ clockToleranceSeconds }) => clockToleranceSeconds)),
    },
  }
}

/** Algorithms for all issuers may be of both kinds only if the issuers are. */
function assertAllUsed(allowed: AllowList | undefined, used: readonly Algorithm[]): void {
  if (allowed === undefined) return
  if (allowed.names.some(isSymmetric) && !used.some(isSymmetric))
    allowed.reader.fail('algorithms', 'has an HS* algorithm, which needs an issuer with a secret')
  if (!allowed.names.every(isSymmetric) && used.length > 0 && used.every(isSymmetric))
    allowed.reader.fail(
      'algorithms',
      'has an algorithm of key pairs, but all issuers have secrets. Write only HS*',
    )
}

/**
 * Resolved issuers may have any options, within the server's profile. The top-level tolerance is still the first check of
 * expiry.
 */
function issuersByResolver(resolve: ResolveIssuer, shared: Shared): ParsedIssuers {
  const parse = (options: unknown): IssuerSettings =>
    isString(options)
      ? shared.top.fail('issuer', 'was resolved to a string. A resolver returns an object, undefined or null')
      : withKeys(parseIssuer(withoutNull(options), 'issuer', shared), shared)
  return {
    issuers: { kind: 'resolver', resolve, parse },
    gates: {
      algorithms: headerNames(
        shared.isFapi ? FAPI_ALGORITHMS : [...ASYMMETRIC_ALGORITHMS, ...SYMMETRIC_ALGORITHMS],
      ),
      profile: shared.isFapi ? 'at+jwt' : 'jwt',
      clockToleranceSeconds: shared.forAll.clockToleranceSeconds ?? DEFAULT_TOLERANCE_SECONDS,
    },
  }
}

/** Opaque tokens do not say whose they are, so that no resolver is asked about them. */
function withKeys(settings: IssuerSettings, { top }: Shared): IssuerSettings {
  if (settings.keys.kind !== 'none') return settings
  return top.fail('issuer', 'was resolved to an issuer with opaqueOnly, which only the options can name')
}

function parseIssuer(value: unknown, path: string, shared: Shared): IssuerSettings {
  if (value instanceof URL)
    shared.top.fail(path, 'must be a string, exactly as tokens have it in "iss", and not a URL object')
  const reader = isString(value)
    ? new OptionReader({ issuer: value }, path === 'issuer' ? '' : path, ISSUER_OPTIONS)
    : new OptionReader(value, path, ISSUER_OPTIONS)
  const issuer = reader.string('issuer') ?? reader.fail('issuer', 'is required')
  assertIssuerIdentifier(issuer, reader)
  const own = parseTokenOptions(reader)
  assertIssuerProfile(own, reader, shared.isFapi)
  if (!reader.has('secret') && own.algorithms?.names.some(isSymmetric)) {
    reader.fail('algorithms', 'has an HS* algorithm, which needs a secret')
  }
  const settings = override(shared.forAll, own)
  const context = { ...shared, ...(settings.keys ?? DEFAULT_KEY_OPTIONS) }
  return {
    issuer,
    policy: toPolicy(settings, reader, shared),
    scopes: settings.scopes ?? ['scope', 'scp'],
    roles: settings.roles ?? ['roles'],
    clientId: settings.clientId ?? ['client_id', 'azp', 'cid', 'appid'],
    ...parseKeySource(reader, context, allowListOf(settings, shared)),
  }
}

function allowListOf({ algorithms }: TokenSettings, { top, isFapi }: Shared): AllowList | undefined {
  return algorithms ?? (isFapi ? { names: FAPI_ALGORITHMS, reader: top } : undefined)
}

function toPolicy(settings: TokenSettings, reader: OptionReader, shared: Shared): ClaimsPolicy {
  const { profile = 'jwt' } = settings
  return {
    maxTokenAgeSeconds: shared.maxTokenAgeSeconds,
    requiredClaims: settings.requiredClaims ?? [],
    profile: profile === 'fapi2' ? 'at+jwt' : profile,
    audiences: toAudiences(settings, shared),
    audienceClaim: reader.string('audienceClaim') ?? 'aud',
    idTokenMarks: settings.idTokenMarks ?? DEFAULT_ID_TOKEN_MARKS,
    clockToleranceSeconds: settings.clockToleranceSeconds ?? DEFAULT_TOLERANCE_SECONDS,
  }
}

function toAudiences(
  { audience }: TokenSettings,
  { top, acceptsAnyAudience, resource }: Shared,
): ClaimsPolicy['audiences'] {
  if (audience !== undefined && acceptsAnyAudience)
    top.fail('dangerouslyAcceptAnyAudience', 'contradicts audience. Set only one of them')
  if (audience !== undefined) return new Set(audience)
  if (acceptsAnyAudience) return undefined
  if (resource !== undefined) return new ResourceAudience(resource)
  return top.fail(
    'audience',
    'is required: the identifier of this API, as your authorization server writes it into "aud"',
  )
}
