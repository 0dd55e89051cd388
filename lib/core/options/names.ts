/** The names of all options, by the bag that they belong to. */
import { nearest } from './nearest.js'
import type { KeyOptions } from './key-types.js'
import type { TokenOptions } from './token-types.js'
import type { IssuerOptions, ResourceServerOptions } from './types.js'
import type { TokenCacheOptions } from './value-types.js'

type Names<Bag> = Readonly<Record<keyof Bag, true>>

const TOKEN: Names<TokenOptions> = {
  audience: true,
  algorithms: true,
  profile: true,
  idTokenMarks: true,
  requiredClaims: true,
  clockToleranceSeconds: true,
  scopes: true,
  roles: true,
  clientId: true,
  keys: true,
}

const SERVER: Names<ResourceServerOptions> = {
  issuer: true,
  ...TOKEN,
  dangerouslyAcceptAnyAudience: true,
  dangerouslyAllowInsecureHttp: true,
  dangerouslyAllowPrivateAddresses: true,
  maxTokenAgeSeconds: true,
  maxTokenBytes: true,
  acceptTokenFrom: true,
  optional: true,
  claims: true,
  tokenCache: true,
  dangerouslyReportOnly: true,
  scopeHierarchy: true,
  acrLevels: true,
  resourceMetadata: true,
  challengeScopes: true,
  realm: true,
  refusals: true,
  fetch: true,
  clock: true,
  confirmation: true,
  decryption: true,
  opaque: true,
  revocation: true,
}

const ISSUER: Names<IssuerOptions> = {
  ...TOKEN,
  issuer: true,
  audienceClaim: true,
  metadataUrl: true,
  jwksUri: true,
  jwks: true,
  secret: true,
  opaqueOnly: true,
}

const KEYS: Names<KeyOptions> = {
  ttlSeconds: true,
  staleSeconds: true,
  cooldownSeconds: true,
  attemptTimeoutMs: true,
  flightTimeoutMs: true,
  maxBytes: true,
  maxKeys: true,
  snapshot: true,
}

const TOKEN_CACHE: Names<TokenCacheOptions> = { maxEntries: true, maxBytes: true }

export const SERVER_OPTIONS: readonly string[] = Object.keys(SERVER)
export const ISSUER_OPTIONS: readonly string[] = Object.keys(ISSUER)
export const KEY_OPTIONS: readonly string[] = Object.keys(KEYS)
export const TOKEN_CACHE_OPTIONS: readonly string[] = Object.keys(TOKEN_CACHE)

/**
 * The other bags, in the order in which a name is looked up, and how to write an option of theirs.
 */
const BAGS: readonly (readonly [readonly string[], (name: string) => string])[] = [
  [ISSUER_OPTIONS, (name) => `put it inside issuer: { issuer, ${name} }`],
  [SERVER_OPTIONS, (name) => `${name} is an option of the top level, for all issuers`],
  [KEY_OPTIONS, (name) => `put it inside keys: { ${name} }`],
  [TOKEN_CACHE_OPTIONS, (name) => `put it inside tokenCache: { ${name} }`],
]

/** Whether the name belongs to another bag than the one with the names `known`. */
export function isOptionElsewhere(name: string, known: readonly string[]): boolean {
  return BAGS.some(([names]) => names === known) && BAGS.some(([names]) => names.includes(name))
}

/** What to write instead of a name that is not one of `known`; empty if nothing is near. */
export function adviceFor(name: string, known: readonly string[]): string {
  const meant = nearest(name, known)
  const isBag = BAGS.some(([names]) => names === known)
  const others = isBag ? BAGS.filter(([names]) => names !== known) : []
  const exact = others.find(([names]) => names.includes(name))
  if (exact !== undefined) return `; ${exact[1](name)}`
  if (meant !== undefined) return `; did you mean "${meant}"?`
  for (const [names, write] of others) {
    const elsewhere = nearest(name, names)
    if (elsewhere !== undefined) return `; did you mean "${elsewhere}"? If so, ${write(elsewhere)}`
  }
  return ''
}
