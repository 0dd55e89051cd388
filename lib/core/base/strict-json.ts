/**
 * JSON as RFC 7515 §4 and RFC 7519 §4 require it: UTF-8 only, no duplicate member names, bounded
 * nesting and bounded cost. One scan of the text counts its colons: a parsed value with fewer
 * members has a duplicate name.
 */
import { isUtf8 } from 'node:buffer'
import { isObject, isString } from './own.js'
import type { JsonObject } from './own.js'

/** The default limit, in about the time that parsing one array element takes. Ordinary claims cost below 100. */
export const MAX_JSON_COST = 2100

const MAX_DEPTH = 64
/** Next to the comma in front of it. */
const MEMBER_COST = 1
/** An object with names of its own costs V8 as much as ten array elements. */
const OBJECT_COST = 10
const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
/** Matches every lone surrogate, and also pairs and escaped backslashes. */
const POSSIBLE_SURROGATE = /\\u[dD][89a-fA-F]/

/**
 * The object in `bytes`, or `undefined` if they are not a JSON object by these rules. Also refused
 * are a byte order mark and lone surrogates in names or strings: encoded as UTF-8, different texts
 * would become one. The object is not frozen: `freezeJson` does that.
 */
export function parseStrictJsonObject(
  bytes: Buffer,
  maxCost: number = MAX_JSON_COST,
): JsonObject | undefined {
  if (!isUtf8(bytes)) return undefined
  const text = bytes.toString('utf8')
  const members = countMembers(text, maxCost)
  if (members === undefined) return undefined
  const value = parseJson(text)
  if (!isObject(value) || membersOf(value) !== members) return undefined
  return POSSIBLE_SURROGATE.test(text) && !isWellFormed(value) ? undefined : value
}

/** `JSON.parse` without the exception. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Freezes a parsed value with everything in it. */
export function freezeJson(value: object): void {
  if (Object.isFrozen(value)) return
  for (const each of valuesOf(value)) if (typeof each === 'object' && each !== null) freezeJson(each)
  Object.freeze(value)
}

/** The colons outside strings; `undefined` if the text is nested too deep or costs too much. Finds no other faults. */
function countMembers(text: string, maxCost: number): number | undefined {
  let depth = 0
  let members = 0
  let objects = 0
  let elements = 0
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE:
        i = endOfString(text, i)
        break
      case COMMA:
        elements++
        break
      case COLON:
        members++
        break
      case OPEN_OBJECT:
        objects++
        if (++depth > MAX_DEPTH) return undefined
        break
      case OPEN_ARRAY:
        elements++
        if (++depth > MAX_DEPTH) return undefined
        break
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        depth--
    }
  }
  return elements + MEMBER_COST * members + OBJECT_COST * objects > maxCost ? undefined : members
}

/** The index of the closing quote; the end of the text if there is none. */
function endOfString(text: string, start: number): number {
  const end = text.indexOf('"', start + 1)
  if (end === -1) return text.length
  return text.charCodeAt(end - 1) === BACKSLASH ? endOfEscapedString(text, start) : end
}

/** Reads each character: many escaped quotes would make many searches. */
function endOfEscapedString(text: string, start: number): number {
  let end = start + 1
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end)
    if (code === QUOTE) return end
    if (code === BACKSLASH) end++
  }
  return end
}

/** The members of a value and of everything in it. */
function membersOf(value: object): number {
  const values = valuesOf(value)
  let members = Array.isArray(value) ? 0 : values.length
  for (const each of values) {
    if (typeof each === 'object' && each !== null) members += membersOf(each)
  }
  return members
}

function isWellFormed(value: unknown): boolean {
  if (isString(value)) return value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  return Object.keys(value).every(isWellFormed) && valuesOf(value).every(isWellFormed)
}

function valuesOf(value: object): readonly unknown[] {
  return Array.isArray(value) ? value : Object.values(value)
}
