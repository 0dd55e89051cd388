/** Meanings of an authorization server's errors (RFC 6749 §5.2, RFC 8628 §3.5, RFC 8707 §2). */

export const ERRORS: Readonly<Record<string, string>> = {
  access_denied: 'the user denied it',
  authorization_pending: 'the user has not decided yet',
  expired_token: 'nobody entered the code in time',
  invalid_client: 'the client is unknown, or its authentication failed',
  invalid_grant: 'the password, code or refresh token is wrong, expired or already used',
  invalid_request: 'a parameter is missing or repeated',
  invalid_scope: 'the scope is unknown, or this client may not have it',
  invalid_target: 'the API is unknown, or the server issues no tokens for it',
  invalid_token: 'the token that authorizes this request is not valid',
  slow_down: 'the client polls too often',
  unauthorized_client: 'this client may not use this grant',
  unsupported_token_type:
    'it keeps no record of this kind of token, because anyone with its public keys can verify it',
  unsupported_grant_type: 'the server does not support this grant',
}
