/** What the error codes of an authorization server mean (RFC 6749 §5.2, RFC 8628 §3.5, RFC 8707 §2), each in a line. */

export const ERRORS: Readonly<Record<string, string>> = {
  access_denied: 'the person said no',
  authorization_pending: 'the person has not decided yet',
  expired_token: 'nobody typed the code in time',
  invalid_client: 'it does not know this client, or what the client proved itself with is wrong',
  invalid_grant: 'the password, code or refresh token is wrong, too old, or was used before',
  invalid_request: 'something is missing in the request, or there twice',
  invalid_scope: 'it does not know that scope, or does not give it to this client',
  invalid_target: 'it does not know that API, or issues no tokens for it',
  invalid_token: 'the token that entitles to this is wrong',
  slow_down: 'it was asked too often',
  unauthorized_client: 'this client may not use this way',
  unsupported_grant_type: 'it does not know this way',
}
