/**
 * Intended differences between this library and jose: each with its reason and a test for such
 * tokens.
 */
import type { JWTHeaderParameters, JWTPayload } from 'jose'
import type { TokenSpec } from './token-arbitrary.js'

/** A token that both libraries judged, parsed leniently. */
export interface Judged {
  readonly spec: TokenSpec
  readonly token: string
  /** The texts of header and payload. */
  readonly texts: readonly string[]
  readonly header: JWTHeaderParameters
  readonly claims: JWTPayload
}

export interface Difference {
  readonly because: string
  readonly applies: (judged: Judged) => boolean
}

export interface Strictness extends Difference {
  readonly code: string
}

const MAX_NUMERIC_DATE = 253_402_300_799

/** This library refuses, jose accepts. */
export const STRICTER: readonly Strictness[] = [
  {
    code: 'ERR_TOKEN_MALFORMED',
    because:
      'a part is not canonical base64url: jose skips white space and padding, so that one token has many spellings',
    applies: ({ token }) =>
      token.split('.').some((part) => Buffer.from(part, 'base64url').toString('base64url') !== part),
  },
  {
    code: 'ERR_TOKEN_MALFORMED',
    because: 'a member stands twice: RFC 7515 §4 and RFC 7519 §4 let the last one count, and readers differ',
    applies: ({ texts }) => texts.some(hasRepeatedName),
  },
  {
    code: 'ERR_TOKEN_MALFORMED',
    because: 'a byte order mark stands before the JSON: RFC 8259 §8.1 lets readers skip it, and some do not',
    applies: ({ texts }) => texts.some((text) => text.startsWith('\ufeff')),
  },
  {
    code: 'ERR_TOKEN_MALFORMED',
    because: 'the JSON is nested deeper than 64',
    applies: ({ texts }) => texts.some((text) => text.includes('['.repeat(64))),
  },
  {
    code: 'ERR_TOKEN_MALFORMED',
    because:
      'kid is no string, empty, or holds a control character, which would end up in logs: jose reads it only to choose a key',
    applies: ({ header }) =>
      Object.hasOwn(header, 'kid') &&
      !/^\P{Cc}{1,256}$/u.test(typeof header.kid === 'string' ? header.kid : ''),
  },
  {
    code: 'ERR_CRITICAL_HEADER',
    because: 'crit names b64: an extension that no access token needs',
    applies: ({ header }) => Array.isArray(header.crit) && header.crit.includes('b64'),
  },
  {
    code: 'ERR_TOKEN_TYPE',
    because:
      'typ is no string, or that of another kind of token: jose looks at it only when told which one to expect',
    applies: ({ header, spec }) => !spec.isAtJwt && Object.hasOwn(header, 'typ') && !isTokenType(header.typ),
  },
  {
    code: 'ERR_CLAIM_INVALID',
    because: 'sub, client_id or jti is no string, or empty',
    applies: ({ claims }) => ['sub', 'client_id', 'jti'].some((name) => isUnfit(claims[name])),
  },
  {
    code: 'ERR_CLAIM_INVALID',
    because: 'aud also holds what is no string: RFC 7519 §4.1.3',
    applies: ({ claims }) =>
      Array.isArray(claims.aud) && claims.aud.some((each: unknown) => typeof each !== 'string'),
  },
  {
    code: 'ERR_CLAIM_INVALID',
    because: 'a date lies beyond the year 9999: milliseconds, or a token that never expires',
    applies: ({ claims }) =>
      [claims.exp, claims.nbf, claims.iat].some((date) => Math.abs(date ?? 0) > MAX_NUMERIC_DATE),
  },
  {
    code: 'ERR_CLAIM_MISSING',
    because: 'a required claim is null: jose asks only whether the member is there',
    applies: ({ claims }) => claims['tenant'] === null,
  },
  {
    code: 'ERR_NOT_AN_ACCESS_TOKEN',
    because: 'the claims bear the marks of an ID token, a refresh token or a logout token',
    applies: ({ claims }) =>
      ['at_hash', 'c_hash', 's_hash', 'events'].some((name) => Object.hasOwn(claims, name)) ||
      ['ID', 'Refresh', 'Logout'].includes(String(claims['typ'])) ||
      claims['token_use'] === 'id',
  },
  {
    code: 'ERR_CONFIRMATION_UNSUPPORTED',
    because: 'the token is bound to a key of its sender, which jose leaves to the caller to check',
    applies: ({ claims }) => Object.hasOwn(claims, 'cnf'),
  },
]

/** jose refuses, this library accepts. */
export const JOSE_REFUSES: readonly Difference[] = [
  { because: 'jose does not know ES256K', applies: ({ header }) => header.alg === 'ES256K' },
  { because: 'jose does not know Ed448', applies: ({ spec }) => signerOf(spec) === 'Ed448' },
  {
    because:
      'jose takes EdDSA and Ed25519 for two algorithms: a key whose alg is one serves no token of the other',
    applies: ({ header, spec }) => signerOf(spec) === 'Ed25519' && header.alg === 'EdDSA',
  },
]

/** The actual signer, which need not be the one that the token names. */
function signerOf({ signer, forger }: TokenSpec): string {
  return forger ?? signer
}

function isTokenType(typ: unknown): boolean {
  return (
    typeof typ === 'string' &&
    ['jwt', 'application/jwt', 'at+jwt', 'application/at+jwt'].includes(typ.toLowerCase())
  )
}

function isUnfit(value: unknown): boolean {
  return value !== undefined && (typeof value !== 'string' || value === '')
}

/** The generator never repeats an outer name in a nested object. */
function hasRepeatedName(text: string): boolean {
  const names = [...text.matchAll(/("(?:[^"\\]|\\.)*")\s*:/g)].map((match) => match[1]!)
  return new Set(names).size < names.length
}
