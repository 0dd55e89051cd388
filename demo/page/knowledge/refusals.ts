/** The steps of a request through the resource server, and which of them a refusal's code comes from. */
import type { ErrorCode } from 'express-resource-server'

export const STEPS = {
  credentials: { name: 'Credentials', asks: 'Is there one token, and where it belongs?' },
  format: {
    name: 'Format',
    asks: 'Is it a signed JWT, of a kind and algorithm that we accept, and not expired?',
  },
  issuer: { name: 'Issuer', asks: 'Does it come from one we trust?' },
  key: { name: 'Key', asks: 'Has the issuer published the key?' },
  signature: { name: 'Signature', asks: 'Was it signed with that key, and not changed since?' },
  claims: { name: 'Claims', asks: 'Is it an access token, and meant for us?' },
  guards: { name: 'Guards', asks: 'May its bearer do this?' },
} as const

export type StepId = keyof typeof STEPS
export const STEP_IDS = Object.keys(STEPS) as readonly StepId[]

export interface Refusal {
  readonly step: StepId
  readonly rfc: string
  readonly means: string
}

/** In the order of the checks. Codes that need another configuration than the demo's are not here. */
export const REFUSALS: Partial<Readonly<Record<ErrorCode, Refusal>>> = {
  ERR_CREDENTIALS_MISSING: {
    step: 'credentials',
    rfc: 'RFC 6750 §3',
    means: 'There was no token where this API looks for one: in the Authorization header.',
  },
  ERR_CREDENTIALS_MALFORMED: {
    step: 'credentials',
    rfc: 'RFC 6750 §2.1',
    means: 'The Authorization header is not “Bearer” and one token.',
  },
  ERR_CREDENTIALS_REPEATED: {
    step: 'credentials',
    rfc: 'RFC 6750 §2',
    means: 'There was more than one token, and nobody should guess which is meant.',
  },
  ERR_TOKEN_TOO_LARGE: { step: 'format', rfc: 'RFC 8725 §3.11', means: 'The token is too long.' },
  ERR_TOKEN_MALFORMED: {
    step: 'format',
    rfc: 'RFC 7515 §7.1',
    means: 'It is not a signed JWT: three parts, none of them empty, the first two JSON objects.',
  },
  ERR_TOKEN_TYPE: { step: 'format', rfc: 'RFC 9068 §4', means: 'It says that it is another kind of token.' },
  ERR_ALGORITHM_NOT_ALLOWED: {
    step: 'format',
    rfc: 'RFC 8725 §3.1',
    means:
      'The token names an algorithm that this API does not accept. The API decides that, never the token.',
  },
  ERR_CRITICAL_HEADER: { step: 'format', rfc: 'RFC 7515 §4.1.11', means: 'It demands an unknown extension.' },
  ERR_TOKEN_EXPIRED: {
    step: 'format',
    rfc: 'RFC 7519 §4.1.4',
    means: 'Its time is over (exp). For that no key is needed: an expired token causes no work at all.',
  },
  ERR_ISSUER_UNKNOWN: {
    step: 'issuer',
    rfc: 'RFC 8725 §3.8',
    means:
      'Its issuer is none that this API trusts. No key was looked for, so nobody can send the API anywhere.',
  },
  ERR_KEY_UNKNOWN: {
    step: 'key',
    rfc: 'RFC 7515 §4.1.4',
    means: 'The issuer publishes no key of that name for this algorithm.',
  },
  ERR_KEYS_UNAVAILABLE: {
    step: 'key',
    rfc: 'RFC 9110 §15.6.4',
    means: 'The API does not have that key, and cannot fetch it now. The token may be good: come back.',
  },
  ERR_SIGNATURE_INVALID: {
    step: 'signature',
    rfc: 'RFC 7515 §5.2',
    means: 'The signature does not fit the rest: the token was changed, or signed with another key.',
  },
  ERR_NOT_AN_ACCESS_TOKEN: {
    step: 'claims',
    rfc: 'RFC 9068 §2.1',
    means: 'It bears the marks of an ID token, which tells a client who signed in, and opens no API.',
  },
  ERR_TOKEN_NOT_YET_VALID: { step: 'claims', rfc: 'RFC 7519 §4.1.5', means: 'Its time has not begun (nbf).' },
  ERR_TOKEN_TOO_OLD: { step: 'claims', rfc: 'RFC 7519 §4.1.6', means: 'It was issued too long ago (iat).' },
  ERR_AUDIENCE_MISMATCH: {
    step: 'claims',
    rfc: 'RFC 7519 §4.1.3',
    means: 'It is meant for another API (aud). Whoever runs that one could otherwise use it here.',
  },
  ERR_CLAIM_MISSING: { step: 'claims', rfc: 'RFC 9068 §2.2', means: 'A claim is missing.' },
  ERR_CLAIM_INVALID: { step: 'claims', rfc: 'RFC 7519 §4.1', means: 'A claim has the wrong type.' },
  ERR_SCOPE_INSUFFICIENT: {
    step: 'guards',
    rfc: 'RFC 6750 §3.1',
    means: 'The token is good, and does not allow this. The answer names the scope that would.',
  },
  ERR_ROLE_INSUFFICIENT: {
    step: 'guards',
    rfc: 'RFC 9110 §15.5.4',
    means: 'Its subject lacks a role. No other token would help, so there is no challenge.',
  },
  ERR_ACCESS_DENIED: {
    step: 'guards',
    rfc: 'RFC 9110 §15.5.4',
    means: 'A rule of the API’s own says no: here, that only machines may call this.',
  },
}
