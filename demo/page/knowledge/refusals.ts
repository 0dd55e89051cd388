/** The steps of a request through the resource server, and the step behind each error code. */
import type { ErrorCode } from 'express-resource-server'
import type { Format } from '../tokens.js'

export const STEPS = {
  credentials: { name: 'Credentials', asks: 'Is there exactly one token, in the right place?' },
  decryption: { name: 'Decryption', asks: 'Was it encrypted for this API, and is it unchanged?' },
  introspection: { name: 'Introspection', asks: 'Does the authorization server say that it is active?' },
  format: {
    name: 'Format',
    asks: 'Is it a signed JWT with an accepted type and algorithm, and not expired?',
  },
  issuer: { name: 'Issuer', asks: 'Does it come from a trusted issuer?' },
  key: { name: 'Key', asks: 'Has the issuer published the key?' },
  signature: { name: 'Signature', asks: 'Was it signed with that key, and is it unchanged?' },
  claims: { name: 'Claims', asks: 'Is it an access token, and is it meant for this API?' },
  revocation: { name: 'Revocation', asks: 'Has the API been told to refuse it from now on?' },
  guards: { name: 'Guards', asks: 'May the caller do this?' },
} as const

export type StepId = keyof typeof STEPS
export const STEP_IDS = Object.keys(STEPS) as readonly StepId[]

const SIGNED = ['format', 'issuer', 'key', 'signature', 'claims', 'revocation', 'guards'] as const

/** The way of each kind of token. */
export const WAYS: Readonly<Record<Format, readonly StepId[]>> = {
  signed: ['credentials', ...SIGNED],
  encrypted: ['credentials', 'decryption', ...SIGNED],
  opaque: ['credentials', 'introspection', 'claims', 'revocation', 'guards'],
}

export interface Refusal {
  readonly step: StepId
  readonly rfc: string
  readonly means: string
}

/** In the order of the checks. Omits codes that the demo's configuration cannot produce. */
export const REFUSALS: Partial<Readonly<Record<ErrorCode, Refusal>>> = {
  ERR_CREDENTIALS_MISSING: {
    step: 'credentials',
    rfc: 'RFC 6750 §3',
    means: 'There is no token in the Authorization header, the only place where this API looks for one.',
  },
  ERR_CREDENTIALS_MALFORMED: {
    step: 'credentials',
    rfc: 'RFC 6750 §2.1',
    means: 'The Authorization header is not “Bearer” followed by one token.',
  },
  ERR_CREDENTIALS_REPEATED: {
    step: 'credentials',
    rfc: 'RFC 6750 §2',
    means: 'The request has more than one token, so it is unclear which one counts.',
  },
  ERR_TOKEN_TOO_LARGE: { step: 'format', rfc: 'RFC 8725 §3.11', means: 'The token is too long.' },
  ERR_TOKEN_MALFORMED: {
    step: 'format',
    rfc: 'RFC 7515 §7.1',
    means: 'It is not a signed JWT, which has three non-empty parts, the first two of them JSON objects.',
  },
  ERR_DECRYPTION_KEY_UNKNOWN: {
    step: 'decryption',
    rfc: 'RFC 7516 §5.2',
    means: 'It is encrypted for a key that this API does not have.',
  },
  ERR_DECRYPTION_FAILED: {
    step: 'decryption',
    rfc: 'RFC 7516 §5.2',
    means: 'It cannot be decrypted: it was changed, or encrypted with another key.',
  },
  ERR_TOKEN_TYPE: { step: 'format', rfc: 'RFC 9068 §4', means: 'Its header names another type of token.' },
  ERR_ALGORITHM_NOT_ALLOWED: {
    step: 'format',
    rfc: 'RFC 8725 §3.1',
    means:
      'The token names an algorithm that this API does not accept. The API decides that, never the token.',
  },
  ERR_CRITICAL_HEADER: {
    step: 'format',
    rfc: 'RFC 7515 §4.1.11',
    means: 'It requires an unknown extension.',
  },
  ERR_TOKEN_EXPIRED: {
    step: 'format',
    rfc: 'RFC 7519 §4.1.4',
    means: 'It has expired (exp). Checking that needs no key, so expired tokens cause almost no work.',
  },
  ERR_ISSUER_UNKNOWN: {
    step: 'issuer',
    rfc: 'RFC 8725 §3.8',
    means:
      'This API does not trust its issuer. It does not look for keys of unknown issuers, so nobody can make it contact other servers.',
  },
  ERR_KEY_UNKNOWN: {
    step: 'key',
    rfc: 'RFC 7515 §4.1.4',
    means: 'The issuer publishes no key with this ID for this algorithm.',
  },
  ERR_KEYS_UNAVAILABLE: {
    step: 'key',
    rfc: 'RFC 9110 §15.6.4',
    means:
      'The API does not have the key and cannot fetch it now. The token may be valid, so try again later.',
  },
  ERR_SIGNATURE_INVALID: {
    step: 'signature',
    rfc: 'RFC 7515 §5.2',
    means: 'The signature is not valid: the token was changed, or it was signed with another key.',
  },
  ERR_HEADER_CLAIM_MISMATCH: {
    step: 'claims',
    rfc: 'RFC 7519 §5.3',
    means: 'A claim that is repeated in the readable header has another value inside.',
  },
  ERR_TOKEN_INACTIVE: {
    step: 'introspection',
    rfc: 'RFC 7662 §2.2',
    means:
      'The authorization server says that it is not active: it has expired, was taken back, or never existed.',
  },
  ERR_INTROSPECTION_UNAVAILABLE: {
    step: 'introspection',
    rfc: 'RFC 9110 §15.6.4',
    means: 'The authorization server gave no usable answer. The token may be valid, so try again later.',
  },
  ERR_NOT_AN_ACCESS_TOKEN: {
    step: 'claims',
    rfc: 'RFC 9068 §2.1',
    means: 'It looks like an ID token, which tells the client who signed in and is not meant for APIs.',
  },
  ERR_TOKEN_NOT_YET_VALID: { step: 'claims', rfc: 'RFC 7519 §4.1.5', means: 'It is not valid yet (nbf).' },
  ERR_TOKEN_TOO_OLD: { step: 'claims', rfc: 'RFC 7519 §4.1.6', means: 'It was issued too long ago (iat).' },
  ERR_AUDIENCE_MISMATCH: {
    step: 'claims',
    rfc: 'RFC 7519 §4.1.3',
    means:
      'Its audience (aud) is not this API. Without this check, tokens for other parties would work here.',
  },
  ERR_CLAIM_MISSING: { step: 'claims', rfc: 'RFC 9068 §2.2', means: 'A claim is missing.' },
  ERR_CLAIM_INVALID: { step: 'claims', rfc: 'RFC 7519 §4.1', means: 'A claim has the wrong type.' },
  ERR_TOKEN_REVOKED: {
    step: 'revocation',
    rfc: 'RFC 6750 §3.1',
    means: 'The API was told to refuse this token, although it has not expired.',
  },
  ERR_SCOPE_INSUFFICIENT: {
    step: 'guards',
    rfc: 'RFC 6750 §3.1',
    means: 'The token is valid but does not allow this. The response names the scope that would.',
  },
  ERR_ROLE_INSUFFICIENT: {
    step: 'guards',
    rfc: 'RFC 9110 §15.5.4',
    means: 'The subject lacks a role. Another token would not help, so there is no challenge.',
  },
  ERR_ACCESS_DENIED: {
    step: 'guards',
    rfc: 'RFC 9110 §15.5.4',
    means: 'One of the API’s own rules refused the request: only machines may call this route.',
  },
}
