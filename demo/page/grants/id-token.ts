/** Checks that a client makes before it trusts an ID token (OpenID Connect Core §3.1.3.7). */
import { createLocalJWKSet, jwtVerify } from 'jose'
import { issuer, loadKeys } from '../store/servers.js'

export async function verifyIdToken(idToken: string, clientId: string, nonce: string): Promise<string> {
  const keys = createLocalJWKSet(await loadKeys())
  const { payload } = await jwtVerify(idToken, keys, { issuer, audience: clientId })
  if (payload['nonce'] !== nonce) throw new Error('The ID token belongs to another sign-in.')
  return typeof payload['name'] === 'string' ? payload['name'] : (payload.sub ?? 'someone')
}
