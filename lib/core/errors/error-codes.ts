/** The stable codes of all errors, with their texts for operators and for clients. */

/** Names the check that failed. Codes do not change within a major version. */
export type ErrorCode =
  | 'ERR_CREDENTIALS_MISSING'
  | 'ERR_CREDENTIALS_MALFORMED'
  | 'ERR_CREDENTIALS_REPEATED'
  | 'ERR_MESSAGE_MALFORMED'
  | 'ERR_TOKEN_TOO_LARGE'
  | 'ERR_TOKEN_MALFORMED'
  | 'ERR_TOKEN_TYPE'
  | 'ERR_ALGORITHM_NOT_ALLOWED'
  | 'ERR_CRITICAL_HEADER'
  | 'ERR_ENCRYPTION_REQUIRED'
  | 'ERR_DECRYPTION_KEY_UNKNOWN'
  | 'ERR_DECRYPTION_FAILED'
  | 'ERR_HEADER_CLAIM_MISMATCH'
  | 'ERR_ISSUER_UNKNOWN'
  | 'ERR_KEY_UNKNOWN'
  | 'ERR_SIGNATURE_INVALID'
  | 'ERR_TOKEN_INACTIVE'
  | 'ERR_TOKEN_EXPIRED'
  | 'ERR_TOKEN_NOT_YET_VALID'
  | 'ERR_TOKEN_TOO_OLD'
  | 'ERR_AUDIENCE_MISMATCH'
  | 'ERR_CLAIM_MISSING'
  | 'ERR_CLAIM_INVALID'
  | 'ERR_NOT_AN_ACCESS_TOKEN'
  | 'ERR_CONFIRMATION_UNSUPPORTED'
  | 'ERR_CONFIRMATION_MISSING'
  | 'ERR_CONFIRMATION_MISMATCH'
  | 'ERR_PROOF_MISSING'
  | 'ERR_PROOF_INVALID'
  | 'ERR_PROOF_NONCE'
  | 'ERR_PROOF_REPLAYED'
  | 'ERR_CERTIFICATE_MISSING'
  | 'ERR_CERTIFICATE_INVALID'
  | 'ERR_TOKEN_REVOKED'
  | 'ERR_CLAIMS_REFUSED'
  | 'ERR_AUTHENTICATION_INSUFFICIENT'
  | 'ERR_SCOPE_INSUFFICIENT'
  | 'ERR_ROLE_INSUFFICIENT'
  | 'ERR_CLAIM_INSUFFICIENT'
  | 'ERR_AUTHORIZATION_DETAILS_INSUFFICIENT'
  | 'ERR_ACTOR_INSUFFICIENT'
  | 'ERR_ACCESS_DENIED'
  | 'ERR_KEYS_UNAVAILABLE'
  | 'ERR_INTROSPECTION_UNAVAILABLE'
  | 'ERR_ISSUER_UNRESOLVED'
  | 'ERR_OVERLOADED'
  | 'ERR_REPLAY_STORE_UNAVAILABLE'
  | 'ERR_REVOCATION_STORE_UNAVAILABLE'
  | 'ERR_CLOSED'
  | 'ERR_INTERNAL'
  | 'ERR_CONFIGURATION'
  | 'ERR_WIRING'

export interface ErrorText {
  /** One sentence for the operator. */
  readonly detail: string
  /** One sentence for the client; `undefined` if `error` says enough. */
  readonly description: string | undefined
  /**
   * The `message` of the error. Conventional error handlers send it to the client when `expose` is
   * true, so that it says no more than `description` there.
   */
  readonly message: string
}

/** Shared by every refusal up to the signature: trying tokens teaches an attacker nothing. */
const UNTRUSTED = 'The access token is malformed, expired or not from a trusted issuer'

function untrusted(detail: string): ErrorText {
  return { detail, description: UNTRUSTED, message: UNTRUSTED }
}

/** The same text for operator and client. */
function open(text: string): ErrorText {
  return { detail: text, description: text, message: text }
}

/**
 * A text that error handlers do not show, because the status is 500 or 503, or that tells nothing.
 */
function internal(detail: string, description?: string): ErrorText {
  return { detail, description, message: detail }
}

export const ERROR_CODES: Readonly<Record<ErrorCode, ErrorText>> = {
  ERR_CREDENTIALS_MISSING: internal('The request has no credentials'),
  ERR_CREDENTIALS_MALFORMED: open('The credentials are malformed'),
  ERR_CREDENTIALS_REPEATED: open('The request has more than one access token'),
  ERR_MESSAGE_MALFORMED: open('The body is not a JSON-RPC message'),

  ERR_TOKEN_TOO_LARGE: untrusted('The token is larger than maxTokenBytes'),
  ERR_TOKEN_MALFORMED: untrusted('The token is not a JWT in compact serialization, or has too many claims'),
  ERR_TOKEN_TYPE: untrusted('The token type (typ) is not that of an access token'),
  ERR_ALGORITHM_NOT_ALLOWED: untrusted('An algorithm that the token names is not allowed'),
  ERR_CRITICAL_HEADER: untrusted('The token requires a header extension (crit) that is not supported'),
  ERR_ENCRYPTION_REQUIRED: untrusted('The token is not encrypted'),
  ERR_DECRYPTION_KEY_UNKNOWN: untrusted('No decryption key fits the token'),
  ERR_DECRYPTION_FAILED: untrusted('The token could not be decrypted'),
  ERR_HEADER_CLAIM_MISMATCH: untrusted('The header of the encrypted token contradicts its claims'),
  ERR_ISSUER_UNKNOWN: untrusted('The issuer is not one of the trusted issuers'),
  ERR_KEY_UNKNOWN: untrusted('The issuer publishes no key for this token'),
  ERR_SIGNATURE_INVALID: untrusted('The signature is invalid'),

  ERR_TOKEN_INACTIVE: untrusted('The authorization server says that the token is not active'),
  ERR_TOKEN_EXPIRED: untrusted('The access token expired'),
  ERR_TOKEN_NOT_YET_VALID: open('The access token is not valid yet'),
  ERR_TOKEN_TOO_OLD: open('The access token was issued too long ago'),
  ERR_AUDIENCE_MISMATCH: open('The access token is not meant for this resource'),
  ERR_CLAIM_MISSING: open('The access token lacks a required claim'),
  ERR_CLAIM_INVALID: open('The access token has a claim of the wrong type'),
  ERR_NOT_AN_ACCESS_TOKEN: open('The token is not an access token'),
  ERR_CONFIRMATION_UNSUPPORTED: open(
    'The access token is sender-constrained by a method that is not supported here',
  ),

  ERR_CONFIRMATION_MISSING: open('The access token is not bound to a key of the sender'),
  ERR_CONFIRMATION_MISMATCH: open('The access token is bound to a key that the sender did not prove to hold'),
  ERR_PROOF_MISSING: open('The request has no DPoP proof'),
  ERR_PROOF_INVALID: open('The DPoP proof is malformed, expired or made for another request'),
  ERR_PROOF_NONCE: open('The DPoP proof needs the nonce in the DPoP-Nonce header'),
  ERR_PROOF_REPLAYED: open('The DPoP proof was used before'),
  ERR_CERTIFICATE_MISSING: open('The request has no client certificate'),
  ERR_CERTIFICATE_INVALID: open('The client certificate cannot be read'),

  ERR_TOKEN_REVOKED: open('The access token was revoked'),

  ERR_CLAIMS_REFUSED: open('The claims of the access token do not fit this resource'),

  ERR_AUTHENTICATION_INSUFFICIENT: open('A stronger or more recent login is required'),
  ERR_SCOPE_INSUFFICIENT: open('The access token lacks a required scope'),
  ERR_ROLE_INSUFFICIENT: open('A required role is missing'),
  ERR_CLAIM_INSUFFICIENT: open('A claim does not have the required value'),
  ERR_AUTHORIZATION_DETAILS_INSUFFICIENT: open(
    'The access token has no authorization details that allow this',
  ),
  ERR_ACTOR_INSUFFICIENT: open('The party that acts for the subject is not allowed to'),
  ERR_ACCESS_DENIED: open('Access is denied'),

  ERR_KEYS_UNAVAILABLE: internal(
    'The keys of the issuer are unavailable',
    'The access token cannot be verified right now',
  ),
  ERR_INTROSPECTION_UNAVAILABLE: internal(
    'The introspection endpoint did not answer as it should',
    'The access token cannot be verified right now',
  ),
  ERR_ISSUER_UNRESOLVED: internal(
    'The issuer resolver failed, did not answer in time, or has too many calls in progress',
    'The access token cannot be verified right now',
  ),
  ERR_OVERLOADED: internal(
    'Too many signature checks, decryptions or introspection calls are in progress',
    'The access token cannot be verified right now',
  ),
  ERR_REPLAY_STORE_UNAVAILABLE: internal(
    'The replay store failed, is full, or did not answer in time',
    'The proof cannot be checked right now',
  ),
  ERR_REVOCATION_STORE_UNAVAILABLE: internal(
    'The revocation store failed, was full, or did not answer in time',
    'The access token cannot be checked right now',
  ),
  ERR_CLOSED: internal('The resource server is closed', 'The service is shutting down'),

  ERR_INTERNAL: internal('Code given to the resource server failed'),
  ERR_CONFIGURATION: internal('An option is wrong'),
  ERR_WIRING: internal('A middleware is missing or out of order'),
}
