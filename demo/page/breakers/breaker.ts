/** What all ways to break a request have in common. */
import { base64url } from 'jose'
import type { Call, Route } from '../routes.js'
import { callOf } from '../routes.js'

export interface Broken {
  readonly call: Call
  readonly how: string
}

export interface Breaker {
  readonly id: string
  readonly name: string
  apply(route: Route, token: string): Promise<Broken>
}

export function withToken(route: Route, token: string, how: string): Broken {
  return { call: callOf(route, token), how }
}

/** Flips one bit in the middle of a part in base64url. */
export function flipped(part: string): string {
  const bytes = base64url.decode(part)
  const middle = bytes.length >> 1
  bytes[middle] = (bytes[middle] ?? 0) ^ 1
  return base64url.encode(bytes)
}
