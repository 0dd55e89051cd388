/** A part of a token with its numbers as they are written there: `JSON.parse` rounds them. */
import { randomBytes } from 'node:crypto'
import { isUtf8 } from 'node:buffer'
import { parseBase64url } from '../../core/base/base64url.js'
import { isObject, own } from '../../core/base/own.js'
import type { JsonObject } from '../../core/base/own.js'
import { parseJson, parseStrictJsonObject } from '../../core/base/strict-json.js'

export interface Part {
  readonly members: JsonObject
  /** For JSON that `unmarked` completes: numbers are strings that begin with the mark. */
  readonly marked: JsonObject
}

/** Nobody can know it, so that no string of a token begins with it. */
const MARK = randomBytes(16).toString('hex')
/** A string, a number, or what is between them in JSON. */
const PIECE = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[^"\d-]+/gy
const NUMBER = /^-?\d/

/** `undefined` for what no token may have. */
export function readPart(text: string): Part | undefined {
  const bytes = parseBase64url(text)
  const members = bytes && parseStrictJsonObject(bytes)
  if (bytes === undefined || members === undefined) return undefined
  const marked = bytes.toString().replace(PIECE, (each) => (NUMBER.test(each) ? `"${MARK}${each}"` : each))
  return { members, marked: parseJson(marked) as JsonObject }
}

/** JSON of what is marked, with the numbers as the token has them. */
export function unmarked(json: string): string {
  const [start = '', ...literals] = json.split(`"${MARK}`)
  return start + literals.map((each) => each.replace('"', '')).join('')
}

export function literalOf({ marked }: Part, name: string): string {
  return unmarked(JSON.stringify(own(marked, name)))
}

/** Why a part cannot be read. */
export function problemOf(text: string): 'broken' | 'not_utf8' | 'refused_json' | undefined {
  const bytes = parseBase64url(text)
  if (bytes === undefined || !isObject(parseJson(bytes.toString()))) return 'broken'
  if (!isUtf8(bytes)) return 'not_utf8'
  return readPart(text) === undefined ? 'refused_json' : undefined
}
