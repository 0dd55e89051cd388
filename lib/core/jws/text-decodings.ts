/**
 * What a text may stand for: the bytes in its base64, hex, escapes, UTF-16 and the like. RFC 4648 §4,
 * §5 and §8, RFC 3986 §2.1. Texts are binary strings: one character for each byte.
 */
import { isAscii } from 'node:buffer'

const WHITE_SPACE = /\s+/g
const NUL = /\0/g
/** A literal backslash and a letter, as environment files have them; `\/` and `\"` of JSON. */
const ESCAPE = /\\(?:u00([0-9a-f]{2})|([nrt/"'\\]))/gi
const PERCENT = /%([0-9a-f]{2})/gi
const HEX_SEPARATOR = /\b0x|\\x|[\s:,"'[\]{}-]/gi
const HEX = /^(?:[0-9a-f]{2}){16,}$/i
const BASE64_RUN = /[\w+/-]{32,}/g
/** `{"0":48,"1":130}` is how JSON writes a `Uint8Array`. */
const INDEX = /"\d{1,5}":/g
const BYTE_LIST = /\d{1,3}(?:[\s,]{1,4}\d{1,3}){31,}/g
const CONTROLS: Readonly<Record<string, string | undefined>> = { n: '\n', r: '\r', t: '\t' }

/** The texts that one step of decoding makes of `text`. Each is shorter, so that repetition ends. */
export function decodings(text: string): readonly string[] {
  const bare = text.replace(INDEX, '')
  const decoded = [
    // UTF-16 and UTF-32 of ASCII are ASCII with zeros, also if somebody read them as UTF-8.
    text.replace(NUL, ''),
    text.replace(ESCAPE, (_all, hex?: string, letter?: string) =>
      hex ? characterOf(hex) : control(letter ?? ''),
    ),
    text.replace(PERCENT, (_all, hex: string) => characterOf(hex)),
    narrowed(text),
    unhexed(text),
    ...runs(text),
    ...runs(text.replace(WHITE_SPACE, '')),
    ...(bare.match(BYTE_LIST) ?? []).map(listed),
  ]
  return decoded.filter((each) => each.length < text.length && each !== '')
}

function characterOf(hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16))
}

function control(letter: string): string {
  return CONTROLS[letter.toLowerCase()] ?? letter
}

/** Undoes UTF-8 of bytes that somebody read as Latin-1. */
function narrowed(text: string): string {
  const bytes = Buffer.from(text, 'latin1')
  if (isAscii(bytes)) return ''
  const wide = bytes.toString('utf8')
  return /^[\0-\xff]*$/.test(wide) ? wide : ''
}

function unhexed(text: string): string {
  const digits = text.replace(HEX_SEPARATOR, '')
  return HEX.test(digits) ? Buffer.from(digits, 'hex').toString('latin1') : ''
}

/** Both alphabets: Node decodes either. */
function runs(text: string): readonly string[] {
  return (text.match(BASE64_RUN) ?? []).map((run) => Buffer.from(run, 'base64').toString('latin1'))
}

function listed(list: string): string {
  return Buffer.from(list.split(/[\s,]+/).map(Number)).toString('latin1')
}
