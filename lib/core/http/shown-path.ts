/**
 * The path of a request for events and logs. Everything in it that may be a token is masked, however
 * it is spelled: a path is text of the client, and logs live longer than tokens.
 */
import type { ResourceRequest } from './request.js'

const MASK = '[token]'
/** Characters of the target that are looked at, and of the path that are shown, at most. */
const MAX_READ = 8192
const MAX_SHOWN = 1024
/**
 * If the parts of a path that are neither words nor numbers are longer together, they may be a token
 * in one or more pieces.
 */
const MAX_UNREADABLE = 15
const MIN_HEX_LENGTH = 20

/** Between two of these, everything after the beginning of a token belongs to it. */
const HARD_SEPARATOR = /[/&;,?#\s]/
const RUN = /[\w+-]+/g
const TOKEN_NAME = /token|jwt|bearer|dpop|assertion|authorization|secret|password/i
/** A scheme and the token, with the plus sign that forms write for a space. */
const SCHEME = /(?:bearer|dpop)\+/i
const HEX = /^[\da-f-]+$/i
/** A number, a word, an abbreviation or some words in camel case, with a short number behind it. */
const WORD =
  /^(?:\d{0,19}|[A-Z]{1,12}\d{0,4}|[A-Za-z]?[a-z]{0,11}\d{0,4}|[A-Z]?[a-z]{0,24}|[A-Za-z][a-z]+(?:[A-Z][a-z]+)+)$/
const MAX_CAMEL_CASE_LENGTH = 32
/** 32 base64 characters: enough to see the beginning of a JSON object behind a little white space. */
const OPENING_LENGTH = 32
const JSON_OBJECT = /^[\t\n\r ]*\{[\t\n\r ]*["}]/

/** A run of characters of a token, as offsets into the raw path. */
interface Run {
  readonly start: number
  readonly end: number
  readonly text: string
  /** The decoded text between the run before and this one. */
  readonly separator: string
  readonly isReadable: boolean
  isMasked: boolean
}

/**
 * Without query, fragment and, in absolute form, authority. Long ids are masked like tokens. At most
 * 1024 characters and `...`.
 */
export function pathOf({ originalUrl, url }: ResourceRequest): string {
  const target = originalUrl ?? url ?? ''
  const read = target.slice(0, MAX_READ)
  const path = read.replace(/[?#][^]*$/, '').replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '')
  const runs = runsOf(path)
  maskTokens(runs)
  const shown = render(path, runs)
  const isCut = shown.length > MAX_SHOWN || (target.length > MAX_READ && !/[?#]/.test(read))
  return isCut ? `${shown.slice(0, MAX_SHOWN)}...` : shown
}

/** A path with a token in it shows only words and numbers: the rest may be pieces of the token. */
function maskTokens(runs: readonly Run[]): void {
  let before: Run | undefined
  let unreadable = 0
  for (const run of runs) {
    run.isMasked = isToken(run.text) || (before !== undefined && continues(run, before))
    if (!run.isReadable) unreadable += run.text.length
    before = run
  }
  if (unreadable <= MAX_UNREADABLE && !runs.some(({ isMasked }) => isMasked)) return
  for (const run of runs) run.isMasked ||= !run.isReadable
}

/** After the beginning of a token, and after a name like `access_token=`. */
function continues({ separator }: Run, before: Run): boolean {
  if (before.isMasked) return !HARD_SEPARATOR.test(separator)
  return /^\s*[=:\s]/.test(separator) && TOKEN_NAME.test(before.text)
}

function render(path: string, runs: readonly Run[]): string {
  let shown = ''
  let end = 0
  let isInside = false
  for (const run of runs) {
    const isSame = isInside && run.isMasked && !HARD_SEPARATOR.test(run.separator)
    if (!isSame) shown += path.slice(end, run.start) + (run.isMasked ? MASK : path.slice(run.start, run.end))
    isInside = run.isMasked
    end = run.end
  }
  return shown + path.slice(end)
}

function isToken(text: string): boolean {
  return beginsJson(text) || SCHEME.test(text) || (text.length >= MIN_HEX_LENGTH && HEX.test(text))
}

/** As the header and the claims of a JWT, and as the header of a JWE. */
function beginsJson(text: string): boolean {
  return JSON_OBJECT.test(Buffer.from(text.slice(0, OPENING_LENGTH), 'base64').toString('latin1'))
}

/** Words and numbers, with hyphens or underscores between them. */
function isReadable(text: string): boolean {
  return text.split(/[+_-]/).every((piece) => piece.length <= MAX_CAMEL_CASE_LENGTH && WORD.test(piece))
}

function runsOf(path: string): readonly Run[] {
  const { text, starts } = decode(path)
  let end = 0
  return Array.from(text.matchAll(RUN), ({ 0: run, index }) => {
    const separator = text.slice(end, index)
    end = index + run.length
    return {
      start: starts[index] ?? path.length,
      end: starts[end] ?? path.length,
      text: run,
      separator,
      isReadable: isReadable(run),
      isMasked: false,
    }
  })
}

interface Decoded {
  readonly text: string
  /** Where each character of the text begins in the raw path. */
  readonly starts: readonly number[]
}

/**
 * As if decoded again and again, until nothing is left to decode. In one pass: each octet that is
 * decoded makes the text shorter.
 */
function decode(path: string): Decoded {
  const characters: string[] = []
  const starts: number[] = []
  for (let index = 0; index < path.length; index++) {
    characters.push(path.charAt(index))
    starts.push(index)
    while (decodesLast(characters, 3, /^%[\da-f]{2}$/i) || decodesLast(characters, 6, /^%u[\da-f]{4}$/i)) {
      starts.length = characters.length
    }
  }
  return { text: characters.join(''), starts }
}

/** Replaces the last characters by the one that they encode. `%u002e` is that of old browsers. */
function decodesLast(characters: string[], length: number, pattern: RegExp): boolean {
  if (characters.at(-length) !== '%') return false
  const last = characters.slice(-length).join('')
  if (!pattern.test(last)) return false
  const code = Number.parseInt(last.replace(/^%u?/i, ''), 16)
  characters.splice(-length, length, String.fromCharCode(code))
  return true
}
