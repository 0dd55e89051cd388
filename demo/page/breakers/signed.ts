/** Attacks on signed tokens, and common mistakes. */
import { base64url, exportSPKI, generateKeyPair, importJWK, SignJWT } from 'jose'
import { API_FOR_ONE_SECOND, OTHER_API } from '../../names.js'
import { shopToken } from '../grants/client-secret.js'
import { callOf } from '../routes.js'
import { loadKeys } from '../store/servers.js'
import { encode, read, secondsLeft } from '../tokens.js'
import type { Breaker } from './breaker.js'
import { flipped, withToken } from './breaker.js'

function partsOf(token: string): [string, string, string] {
  const [header = '', payload = '', signature = ''] = token.split('.')
  return [header, payload, signature]
}

async function hmac(input: string, secret: Uint8Array<ArrayBuffer>): Promise<string> {
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return base64url.encode(
    new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(input))),
  )
}

export const SIGNED_BREAKERS: readonly Breaker[] = [
  {
    id: 'bit',
    name: 'Flip one bit of the signature',
    async apply(route, token) {
      const [header, payload, signature] = partsOf(token)
      const broken = [header, payload, flipped(signature)].join('.')
      return withToken(route, broken, 'One bit in the middle of the signature was flipped.')
    },
  },
  {
    id: 'claims',
    name: 'Give yourself more rights',
    async apply(route, token) {
      const [header, , signature] = partsOf(token)
      const claims = {
        ...read(token).claims,
        scope: 'orders:read orders:write events:write',
        roles: ['admin'],
      }
      return withToken(
        route,
        [header, encode(claims), signature].join('.'),
        'The scope and the roles were changed. The signature was not.',
      )
    },
  },
  {
    id: 'none',
    name: 'alg: none',
    async apply(route, token) {
      const [, payload] = partsOf(token)
      const header = encode({ alg: 'none', typ: 'at+jwt' })
      return withToken(
        route,
        `${header}.${payload}.`,
        'The header says that the token has no signature, and it has none.',
      )
    },
  },
  {
    id: 'public-key',
    name: 'HS256 with the public key',
    async apply(route, token) {
      const { header, claims } = read(token)
      const { keys } = await loadKeys()
      const jwk = keys.find(({ kid }) => kid === header['kid']) ?? keys[0]
      const pem = await exportSPKI((await importJWK({ ...jwk, ext: true })) as CryptoKey)
      const input = `${encode({ ...header, alg: 'HS256' })}.${encode(claims)}`
      const forged = `${input}.${await hmac(input, new TextEncoder().encode(pem))}`
      return withToken(
        route,
        forged,
        'Signed with HMAC, with the issuer’s public key as the secret. An API that lets the token choose the algorithm would accept it.',
      )
    },
  },
  {
    id: 'expired',
    name: 'An expired token',
    async apply(route) {
      const token = await shopToken('orders:read', API_FOR_ONE_SECOND)
      while ((secondsLeft(token) ?? 0) > 0) await new Promise((resolve) => setTimeout(resolve, 200))
      return withToken(route, token, 'Valid except for its lifetime, which was one second.')
    },
  },
  {
    id: 'audience',
    name: 'A token for another API',
    apply: async (route) =>
      withToken(
        route,
        await shopToken('orders:read', OTHER_API),
        'From the right issuer and with the right scope, but issued for the billing API.',
      ),
  },
  {
    id: 'issuer',
    name: 'A token from another issuer',
    async apply(route, token) {
      const { privateKey } = await generateKeyPair('ES256')
      const forged = await new SignJWT({ ...read(token).claims, iss: 'https://evil.example.com' })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'mine' })
        .sign(privateKey)
      return withToken(route, forged, 'Correctly signed, but by an issuer of your own.')
    },
  },
  {
    id: 'key',
    name: 'A key of your own',
    async apply(route, token) {
      const { privateKey } = await generateKeyPair('ES256')
      const forged = await new SignJWT({ ...read(token).claims })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'mine' })
        .sign(privateKey)
      return withToken(
        route,
        forged,
        'It names the right issuer, but it was signed with a key that this page just generated.',
      )
    },
  },
  {
    id: 'scope',
    name: 'A token without the scope',
    async apply(route) {
      const scope = route.scope === 'orders:read' ? 'events:write' : 'orders:read'
      const how = `A valid token whose only scope is ${scope}.${route.scope === undefined ? ' But this route does not require a scope.' : ''}`
      return withToken(route, await shopToken(scope), how)
    },
  },
  {
    id: 'query',
    name: 'The token in the URL',
    async apply(route, token) {
      const { url, headers: { Authorization: _, ...headers } = {}, ...rest } = callOf(route, token)
      const how =
        'Sent as a query parameter. URLs end up in logs and browser histories, so this API does not look there.'
      return { call: { ...rest, headers, url: `${url}?access_token=${token}` }, how }
    },
  },
  {
    id: 'twice',
    name: 'Two tokens at once',
    async apply(route, token) {
      const call = callOf(route, token)
      return {
        call: { ...call, headers: { ...call.headers, Authorization: `Bearer ${token}, Bearer ${token}` } },
        how: 'Two tokens in one header. One server might use the first, another the second.',
      }
    },
  },
]
