/** Signs JWTs with any header, claims and key, good or bad. RFC 7515 §7.1. */
import { signBytes } from './keys.js'
import type { Signer } from './signer.js'

/** A compact JWS. Members of `header` and `claims` that are `undefined` are left out. */
export function mint(header: object, claims: object, { algorithm, key }: Signer): string {
  const input = `${encode(header)}.${encode(claims)}`
  return `${input}.${signBytes(algorithm, key, Buffer.from(input)).toString('base64url')}`
}

/** `JSON.stringify` leaves out members that are `undefined`. */
function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** Rejects with what `make` throws. */
export function promised<T>(make: () => T | Promise<T>): Promise<T> {
  return new Promise((resolve) => {
    resolve(make())
  })
}
