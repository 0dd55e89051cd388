/** Meanings of the hints. Omits those about other configurations and other authorization servers. */
import type { Hint } from 'express-resource-server'

export const HINTS: Partial<Readonly<Record<Hint, string>>> = {
  issuer_trailing_slash: 'Its issuer (iss) and the expected one differ in a slash at the end only.',
  issuer_http: 'One of the two issuers begins with http, the other with https.',
  issuer_case: 'Its issuer (iss) and the expected one differ in case only. They are compared exactly.',
  issuer_local_name: 'localhost and 127.0.0.1 are different issuers. The names are compared exactly.',
  issuer_same_host: 'Its issuer (iss) is another one on the same host.',
  audience_is_client_id:
    'Its audience is the client itself. An ID token is meant for the client in this way; send the access token.',
  id_token: 'The client should send its access token instead.',
  unsigned_token: 'It has no signature, so that anyone could have made it up.',
  clock_skew: 'It expired at most five minutes ago. If that happens to new tokens, a clock is wrong.',
  symmetric_algorithm: 'It is signed with a shared secret, and this API trusts published keys only.',
  scheme_missing: 'The header has the token only, without the word Bearer in front.',
  scheme_colon: 'There is a colon or an equals sign after Bearer. A space belongs there.',
  scheme_repeated:
    'The word Bearer is there twice. The client adds it to a token that begins with it already.',
  scheme_other: 'The Authorization header has another scheme, such as Basic.',
  token_placeholder:
    'In place of the token is text such as “undefined” or “null”: the client has no token yet.',
  token_quoted: 'The token is in quotes. The client did not parse the JSON that it came in.',
  token_in_cookie: 'There is a token in a cookie. Browsers send cookies with requests of other sites too.',
  token_in_query: 'There is a token in the URL. URLs end up in logs, so this API does not look there.',
  token_in_other_header: 'There is a token in another header. A proxy may have moved it there.',
  body_not_parsed: 'The request has a form. If the token is in it, this API does not see it.',
}
