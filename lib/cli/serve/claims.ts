/** The claims of the file that `--claims` names. */
import path from 'node:path'
import type { TestTokenOptions } from '../../testing/index.js'
import { isScopeToken } from '../../core/access/scopes.js'
import { isObject, isString, own } from '../../core/base/own.js'
import type { JsonObject } from '../../core/base/own.js'
import { parseJson } from '../../core/base/strict-json.js'
import { UsageError } from '../command.js'
import { readTextFile } from '../text-input.js'

/** Throws a UsageError for a file that cannot be read or has no JSON object. */
export async function readClaims(file: string | undefined, cwd: string): Promise<JsonObject> {
  if (file === undefined) return {}
  const text = await readTextFile('claims', path.resolve(cwd, file))
  // Editors and PowerShell begin a file with a byte order mark.
  const claims = parseJson(text.replace(/^\ufeff/, ''))
  if (isObject(claims)) return claims
  throw new UsageError('--claims must name a file with a JSON object, such as {"roles":["admin"]}')
}

/** Of the file, if it can stand in the printed request. */
export function scopeOf(claims: JsonObject): string | undefined {
  const scope = own(claims, 'scope')
  return isString(scope) && scope.split(' ').every(isScopeToken) ? scope : undefined
}

/** `header` and `key` are options of `token()`. What `toJSON` adds are claims, whatever their names. */
export function asClaims(claims: object): TestTokenOptions {
  const toJSON = function (this: object): object {
    return { ...this, ...claims, toJSON: undefined }
  }
  return { toJSON }
}
