/** All grants, recommended ones first. */
import { authorizationCode } from './authorization-code.js'
import { clientAssertion } from './client-assertion.js'
import { clientSecret } from './client-secret.js'
import { device } from './device.js'
import type { Grant, RedirectGrant } from './grant.js'
import { implicit } from './implicit.js'
import { password } from './password.js'
import { refresh } from './refresh.js'

export const GRANTS: readonly Grant[] = [
  authorizationCode,
  clientSecret,
  clientAssertion,
  refresh,
  device,
  implicit,
  password,
]

/** Returns the grant that a returning user started. */
export function returning(id: string): RedirectGrant | undefined {
  return [authorizationCode, implicit].find((grant) => grant.id === id)
}
