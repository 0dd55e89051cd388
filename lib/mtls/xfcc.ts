/**
 * Envoy's header `X-Forwarded-Client-Cert`: elements of several hops, separated by commas, each with
 * pairs, separated by semicolons, whose values may be in quotes.
 */
import { decodePercent, parseFirstPem, parsePem } from './pem.js'

/**
 * The certificate in the last element, which the nearest proxy wrote. `undefined` for a malformed
 * header, and for two certificates that differ. `'none'` for an element without a certificate.
 */
export function parseXfcc(text: string): Buffer | 'none' | undefined {
  const pairs = lastElement(text)
  if (pairs === undefined) return undefined
  const found: Buffer[] = []
  for (const [name, parse] of READERS) {
    const values = pairs.filter((pair) => pair.name === name)
    if (values.length === 0) continue
    const certificate = values.length === 1 ? parse(decodePercent(values[0]?.value ?? '')) : undefined
    if (certificate === undefined) return undefined
    found.push(certificate)
  }
  const [first, second] = found
  // A name in the certificate, chosen by the client, may look like a further pair.
  if (first !== undefined && second !== undefined && !first.equals(second)) return undefined
  return first ?? 'none'
}

const READERS = [
  ['cert', parsePem],
  ['chain', parseFirstPem],
] as const

interface Pair {
  /** In lower case. */
  readonly name: string
  /** Without quotes. */
  readonly value: string
}

/** `undefined` for quotes in wrong places, and for a pair without an equals sign. */
function lastElement(text: string): readonly Pair[] | undefined {
  const parts = splitLastElement(text)
  const pairs = parts?.filter((part) => part !== '').map(parsePair)
  return pairs?.every((pair) => pair !== undefined) === true ? pairs : undefined
}

/** One pass over the text. */
function splitLastElement(text: string): readonly string[] | undefined {
  let parts: string[] = []
  let start = 0
  for (let at = 0; at <= text.length; at++) {
    const character = text[at]
    if (character === '"') {
      const end = text[at - 1] === '=' ? endOfQuotes(text, at) : undefined
      if (end === undefined) return undefined
      at = end
    } else if (character === ';' || character === ',' || character === undefined) {
      parts.push(text.slice(start, at).trim())
      start = at + 1
      if (character === ',') parts = []
    }
  }
  return parts
}

/** The place of the closing quote, which a separator must follow. */
function endOfQuotes(text: string, open: number): number | undefined {
  let at = open + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  const end = at
  do at++
  while (text[at] === ' ' || text[at] === '\t')
  const next = text[at]
  return end < text.length && (next === undefined || next === ';' || next === ',') ? end : undefined
}

function parsePair(text: string): Pair | undefined {
  const equals = text.indexOf('=')
  if (equals === -1) return undefined
  const value = text.slice(equals + 1)
  return {
    name: text.slice(0, equals).trim().toLowerCase(),
    value: value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value,
  }
}
