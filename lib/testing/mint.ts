/** Signs JWTs with any header, claims and key, good or bad. RFC 7515 §7.1. */
import { ConfigurationError } from '../core/errors/errors.js'
import { signBytes } from './keys.js'
import type { Signer } from './signer.js'

/** A compact JWS. Members of `header` and `claims` that are `undefined` are left out. */
export function mint(header: object, claims: object, { algorithm, key }: Signer): string {
  const input = `${encode(header, 'header')}.${encode(claims, 'claims')}`
  return `${input}.${signBytes(algorithm, key, Buffer.from(input)).toString('base64url')}`
}

/** `JSON.stringify` leaves out members that are `undefined`. */
function encode(value: object, name: string): string {
  return Buffer.from(toJson(value, name)).toString('base64url')
}

/** Throws a ConfigurationError for what JSON cannot hold. */
export function toJson(value: object, name: string): string {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    const message = `${name}: must be JSON, without a bigint or an object that contains itself`
    throw new ConfigurationError(message, name, { cause })
  }
}

/** Rejects with what `make` throws. */
export function promised<T>(make: () => T | Promise<T>): Promise<T> {
  return new Promise((resolve) => {
    resolve(make())
  })
}
