/** What a token says, without any check. */
import { isObject } from '../../core/base/own.js'
import type { JsonObject } from '../../core/base/own.js'
import { parseJson } from '../../core/base/strict-json.js'

/** Unverified: good for hints only. */
export function claimsOf(token: string): JsonObject | undefined {
  return partOf(token, 1)
}

/** Unverified: good for hints only. */
export function headerOf(token: string): JsonObject | undefined {
  return partOf(token, 0)
}

function partOf(token: string, index: number): JsonObject | undefined {
  const json = parseJson(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString())
  return isObject(json) ? json : undefined
}
