/** Tokens bound to a key that the sender must prove to hold. RFC 7800 §3.1. */
import { UnauthorizedError } from '../errors/errors.js'
import type { JsonObject } from '../base/own.js'

/** No method is supported, and a token bound by any must not pass as a plain bearer token. */
export function assertNotSenderConstrained(claims: JsonObject): void {
  if (Object.hasOwn(claims, 'cnf')) throw new UnauthorizedError('ERR_CONFIRMATION_UNSUPPORTED')
}
