/** The active organization in Clerk's tokens: version 2, which packs its claims, and version 1. */
import { isObject, isString, own, ownPath } from '../core/base/own.js'
import type { JsonObject } from '../core/base/own.js'

/** Of more bits, JavaScript's operators would lose some; Clerk allows far fewer permissions. */
const MAX_PERMISSIONS = 31

/**
 * Permissions as Clerk names them: `org:<feature>:<permission>`. `undefined` if there is no active
 * organization.
 */
export function organizationPermissions(claims: JsonObject): unknown {
  if (!isObject(own(claims, 'o'))) return own(claims, 'org_permissions')
  const names = list(ownPath(claims, ['o', 'per'])).slice(0, MAX_PERMISSIONS)
  const masks = list(ownPath(claims, ['o', 'fpm']))
  return organizationFeatures(claims).flatMap((feature, index) =>
    granted(names, masks[index]).map((name) => `org:${feature}:${name}`),
  )
}

/** The role as Clerk names it: `org:<role>`. `undefined` if there is no active organization. */
export function organizationRoles(claims: JsonObject): unknown {
  const role = ownPath(claims, ['o', 'rol'])
  return isString(role) && role !== '' ? `org:${role}` : own(claims, 'org_role')
}

/** `fea` lists features with their scope: `o` and `uo` are the organization's, `u` the user's. */
function organizationFeatures(claims: JsonObject): readonly string[] {
  return list(own(claims, 'fea')).flatMap((entry) => {
    const [scope = '', name = ''] = entry.split(':', 2)
    return scope.includes('o') && name !== '' ? [name] : []
  })
}

/** Bit 0 of the mask stands for the first name. */
function granted(names: readonly string[], mask: string | undefined): readonly string[] {
  if (mask === undefined || !/^\d{1,10}$/.test(mask)) return []
  return names.filter((_name, bit) => ((Number(mask) >>> bit) & 1) === 1)
}

function list(value: unknown): readonly string[] {
  if (!isString(value) || value === '') return []
  return value.split(',').map((each) => each.trim())
}
