/** RFC 7800, proof-of-possession keys: no confirmation method is configured here, so that no bound token may pass. */
import { tokenTable } from '../support/rfc-table.js'
import { claims, encode, publicJwk, rawToken } from '../support/tokens.js'

const REFUSED = 'ERR_CONFIRMATION_UNSUPPORTED'

function bound(cnf: unknown): string {
  return rawToken({ payload: claims({ cnf }) })
}

describe('RFC 7800 §3 and §4', () => {
  tokenTable([
    ['§3.1 a token without cnf is a bearer token', 'accepted', {}],
    ['§3.1 cnf that is no object is refused', REFUSED, bound('key')],
    ['§3.1 cnf without a member is refused', REFUSED, bound({})],
    [
      '§3.1 members that are not understood must be ignored: stricter: refused, what is left would be a bearer token',
      REFUSED,
      bound({ 'x-future': 1 }),
    ],
    ['§3.1 more than one key is refused', REFUSED, bound({ jwk: publicJwk('ES256'), kid: 'x' })],
    ['§3.2 not done: jwk, no method proves it', REFUSED, bound({ jwk: publicJwk('ES256') })],
    ['§3.3 not done: jwe, no method proves it', REFUSED, bound({ jwe: 'AAAA.AAAA.AAAA.AAAA.AAAA' })],
    ['§3.4 not done: kid, no method proves it', REFUSED, bound({ kid: 'x' })],
    [
      '§3.5 not done: jku, no method proves it, and it is never followed',
      REFUSED,
      bound({ jku: 'https://client.test/jwks' }),
    ],
    [
      '§4 a recipient that ignores cnf has a bearer token in its hands: so cnf is never ignored',
      REFUSED,
      bound({ jkt: encode(Buffer.alloc(32)) }),
    ],
    ['§4 cnf counts in the claims alone', 'accepted', { header: { alg: 'ES256', kid: 'es256', cnf: {} } }],
  ])
})
