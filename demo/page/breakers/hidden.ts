/** Attacks with encrypted and opaque tokens, whose claims the attacker cannot see. */
import { base64url, EncryptJWT, importJWK } from 'jose'
import { API, API_ENCRYPTED } from '../../names.js'
import { shopToken } from '../grants/client-secret.js'
import { issuer, loadEncryptionKey } from '../store/servers.js'
import type { Breaker } from './breaker.js'
import { flipped, withToken } from './breaker.js'

export const HIDDEN_BREAKERS: readonly Breaker[] = [
  {
    id: 'ciphertext',
    name: 'Flip one bit of an encrypted token',
    async apply(route) {
      const token = await shopToken('orders:read', API_ENCRYPTED)
      const broken = token.split('.').map((part, index) => (index === 3 ? flipped(part) : part))
      const how = 'One bit in the middle of the ciphertext was flipped. The authentication tag reveals it.'
      return withToken(route, broken.join('.'), how)
    },
  },
  {
    id: 'encrypt',
    name: 'Encrypt claims of your own',
    async apply(route) {
      const key = await loadEncryptionKey()
      const claims = {
        iss: issuer,
        aud: API,
        sub: 'mallory',
        scope: 'orders:read orders:write',
        roles: ['admin'],
      }
      const token = await new EncryptJWT(claims)
        .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: String(key.kid) })
        .setExpirationTime('10 min')
        .encrypt(await importJWK(key))
      const how =
        'Encrypted with the API’s public key, which anyone can get at /jwks. Decryption succeeds, but there is no signed token inside.'
      return withToken(route, token, how)
    },
  },
  {
    id: 'guess',
    name: 'Guess an opaque token',
    apply: async (route) =>
      withToken(
        route,
        base64url.encode(crypto.getRandomValues(new Uint8Array(32))),
        'Random text that looks like an opaque token. The API asks the authorization server, which does not know it.',
      ),
  },
]
