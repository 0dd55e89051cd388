/** Signs JWTs with any header, claims and key, good or bad. RFC 7515 §7.1. */
import type { KeyObject } from 'node:crypto'
import type { Algorithm } from '../core/jws/algorithms.js'
import { signBytes } from './keys.js'

export interface Signer {
  readonly algorithm: Algorithm
  /** A private key, or a secret. */
  readonly key: KeyObject
}

/** A compact JWS. Members of `header` and `claims` that are `undefined` are left out. */
export function mint(header: object, claims: object, { algorithm, key }: Signer): string {
  const input = `${encode(header)}.${encode(claims)}`
  return `${input}.${signBytes(algorithm, key, Buffer.from(input)).toString('base64url')}`
}

/** `JSON.stringify` leaves out members that are `undefined`. */
function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
