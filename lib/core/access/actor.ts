/** The party that acts for the subject, and those that acted before it. RFC 8693 §4.1. */
import { isObject, isString, own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'

/** The party that acts for the subject (`act`, RFC 8693 §4.1). */
export interface Actor {
  readonly issuer?: string
  readonly subject?: string
  readonly clientId?: string
  /**
   * The party that acted before this one. For information only: RFC 8693 §4.1 forbids to decide
   * access by it.
   */
  readonly actor?: Actor
}

/** Deeper ones are left out; the claims have them. */
const MAX_ACTORS = 8

export function actorOf(act: unknown, left: number = MAX_ACTORS): Actor | undefined {
  if (!isObject(act) || left === 0) return undefined
  const issuer = stringOf(act, 'iss')
  const subject = stringOf(act, 'sub')
  const clientId = stringOf(act, 'client_id')
  const actor = actorOf(own(act, 'act'), left - 1)
  return Object.freeze({
    ...(issuer !== undefined && { issuer }),
    ...(subject !== undefined && { subject }),
    ...(clientId !== undefined && { clientId }),
    ...(actor !== undefined && { actor }),
  })
}

export type ActorPattern = Pick<Actor, 'issuer' | 'subject' | 'clientId'>

function stringOf(claims: JsonObject, name: string): string | undefined {
  const value = own(claims, name)
  return isString(value) && value !== '' ? value : undefined
}
