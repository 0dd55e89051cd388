/** Settings that the algorithm tests share with their authorization server. */

export const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'HS256'] as const

export const client = { id: 'reader', secret: 'reader-secret', scopes: ['orders:read'] }

/** Shared by the authorization server and the API for HS256. */
export const SECRET = 'a secret of at least thirty-two bytes'

export function toResource(algorithm: string): string {
  return `https://api.example.com/${algorithm}`
}
