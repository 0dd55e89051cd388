/** Meanings of the hints that the demo can produce. */
import type { Hint } from 'express-resource-server'

export const HINTS: Partial<Readonly<Record<Hint, string>>> = {
  audience_is_client_id:
    'Its audience is the client itself. An ID token is meant for the client in this way; send the access token.',
  clock_skew: 'It expired at most five minutes ago. If that happens to new tokens, a clock is wrong.',
  encrypted_token: 'The token is encrypted (JWE), and this API has no key to decrypt it.',
  id_token: 'The client should send its access token instead.',
  symmetric_algorithm: 'It is signed with a shared secret, and this API trusts published keys only.',
}
