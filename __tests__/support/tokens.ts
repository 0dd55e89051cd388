/** Raw tokens: any header text, any payload bytes, any key, any signature. */
import type { KeyObject } from 'node:crypto'
import type { JSONWebKeySet, JWK } from 'jose'
import { resourceServer, UnauthorizedError } from 'express-resource-server'
import type { Algorithm, Principal, ResourceServerOptions } from 'express-resource-server'
import { signBytes } from '../../lib/testing/keys.js'
import { generatePair as newPair } from './key-pairs.js'

export { signBytes } from '../../lib/testing/keys.js'

export const NOW = 1_750_000_000
export const ISSUER = 'https://issuer.test'
export const AUDIENCE = 'https://api.test'
export const clock = { epochMs: (): number => NOW * 1000 }

export const CLAIMS = {
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'user-1',
  client_id: 'client-1',
  jti: 'token-1',
  iat: NOW,
  exp: NOW + 300,
  scope: 'read',
}

/** The claims of a good token with these changes. Omits claims that are `undefined`. */
export function claims(changes: object = {}): object {
  return { ...CLAIMS, ...changes }
}

/** The header of a good ES256 token with these changes. */
export function header(changes: object = {}): object {
  return { alg: 'ES256', kid: 'es256', typ: 'at+jwt', ...changes }
}

export interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

const CURVES: Readonly<Record<string, string>> = {
  ES256: 'P-256',
  ES384: 'P-384',
  ES512: 'P-521',
  ES256K: 'secp256k1',
}

const pairs = new Map<string, KeyPair>()

/** One pair per algorithm, generated on first use. The RSA algorithms share one. */
export function keyPair(algorithm: Algorithm): KeyPair {
  const name = /^[RP]S/.test(algorithm) ? 'RSA' : algorithm
  const pair = pairs.get(name) ?? generatePair(name)
  pairs.set(name, pair)
  return pair
}

export function generatePair(name: string): KeyPair {
  if (name === 'RSA') return newPair('rsa', { modulusLength: 2048 })
  const namedCurve = CURVES[name]
  if (namedCurve !== undefined) return newPair('ec', { namedCurve })
  return newPair(name.toLowerCase())
}

/** The public key as an issuer publishes it: `kid` is the algorithm's name in lower case. */
export function publicJwk(algorithm: Algorithm, members: object = {}): JWK {
  const jwk = keyPair(algorithm).publicKey.export({ format: 'jwk' })
  return withoutUndefined({ ...jwk, kid: algorithm.toLowerCase(), alg: algorithm, use: 'sig', ...members })
}

/** Drops the members that are `undefined`. */
function withoutUndefined(jwk: object): JWK {
  return Object.fromEntries(Object.entries(jwk).filter(([, value]) => value !== undefined))
}

export function jwks(...keys: readonly unknown[]): JSONWebKeySet {
  return { keys } as JSONWebKeySet
}

/** An object is serialized; text and bytes are used as they are. */
export type Part = string | Uint8Array | object

export interface RawToken {
  readonly header?: Part
  readonly payload?: Part
  /** Signs with this algorithm, and with its key unless `key` is given. Default ES256. */
  readonly algorithm?: Algorithm
  readonly key?: KeyObject
  /** Replaces the genuine signature. */
  readonly signature?: Uint8Array
}

export function rawToken({ algorithm = 'ES256', ...raw }: RawToken = {}): string {
  const { payload = CLAIMS, key, signature } = raw
  const { header: head = header({ alg: algorithm, kid: algorithm.toLowerCase() }) } = raw
  const input = `${encode(head)}.${encode(payload)}`
  if (signature !== undefined) return `${input}.${encode(signature)}`
  return signText(input, algorithm, key)
}

/** Signs exactly this text, whatever it is. */
export function signText(input: string, algorithm: Algorithm = 'ES256', key?: KeyObject): string {
  const privateKey = key ?? keyPair(algorithm).privateKey
  return `${input}.${encode(signBytes(algorithm, privateKey, Buffer.from(input)))}`
}

export function encode(part: Part): string {
  const isRaw = typeof part === 'string' || part instanceof Uint8Array
  return Buffer.from(isRaw ? part : JSON.stringify(part)).toString('base64url')
}

/** The options of a server that trusts the ES256 key. */
export function options(changes: Partial<ResourceServerOptions> = {}): ResourceServerOptions {
  const issuer = { issuer: ISSUER, jwks: jwks(publicJwk('ES256')) }
  return { issuer, audience: AUDIENCE, clock, ...changes }
}

/** The options of a server that trusts these keys. */
export function trusting(...keys: readonly unknown[]): Partial<ResourceServerOptions> {
  return { issuer: { issuer: ISSUER, jwks: jwks(...keys) } }
}

export function verify(token: string, changes: Partial<ResourceServerOptions> = {}): Promise<Principal> {
  return resourceServer(options(changes)).verify(token)
}

/** `accepted`, or the code of a 401. Throws any other error, such as a 500. */
export async function verdict(token: string, changes: Partial<ResourceServerOptions> = {}): Promise<string> {
  try {
    await verify(token, changes)
    return 'accepted'
  } catch (error) {
    if (error instanceof UnauthorizedError) return error.code
    throw error
  }
}
