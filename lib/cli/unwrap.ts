/** Finds the token in what was given, and says what else was pasted with it. */
import { isObject, isString, own } from '../core/base/own.js'
import { parseJson } from '../core/base/strict-json.js'

/** What was given besides a token, or in its place. */
export type Wrapping =
  | 'nothing'
  | 'nothing_behind'
  | 'header_name'
  | 'scheme'
  | 'dpop_scheme'
  | 'quotes'
  | 'line_breaks'
  | 'spaces'
  | 'other_text'
  | 'repeated'
  | 'two_tokens'
  | 'json'
  | 'json_error'

export interface TokenInput {
  /** As it was given, without white space around it. Empty if no token is in it. */
  readonly given: string
  /** What is left if all else is taken away. */
  readonly token: string
  readonly wrappings: readonly Wrapping[]
}

/** What separates tokens from other text. */
const BETWEEN = /[^\w.-]+/
/** A JWE or JWS. Not what follows a part of one: other base64, or a sign that it was cut off. */
const WHOLE_TOKEN =
  /(?<![\w.+/-])eyJ[\w-]+\.[\w-]*(?:(?:\.[\w-]+){3}|\.[\w-]*)(?=\.?(?:$|[\s"'`;,&<>)}\]%]))/g
/** What the text itself calls the access token. */
const NAMED_TOKEN =
  /(?:authorization["']?\s*[:=]\s*["']?(?:bearer|dpop)\s+|"access_token"\s*:\s*")([\w.~+/-]+=*)(?=$|[\s"'`;,&])/gi
const BEARER = /^(?:bearer\s*[:=]?(?:\s+|$))+/i
const DPOP = /^(?:dpop\s*[:=]?(?:\s+|$))+/i

/** Takes one thing after the other away. */
export function unwrap(text: string): TokenInput {
  const given = text.replace(/^\ufeff/, '').trim()
  if (given === '') return { given, token: '', wrappings: ['nothing'] }
  if (isErrorAnswer(given)) return { given, token: given, wrappings: ['json_error'] }
  const wrappings: Wrapping[] = []
  let token = given
  const take = (wrapping: Wrapping, rest: string): void => {
    if (rest === token) return
    wrappings.push(wrapping)
    token = rest.trim()
  }
  take('json', fromJson(token))
  take('header_name', token.replace(/^authorization\s*:\s*/i, ''))
  take('scheme', token.replace(BEARER, ''))
  take('quotes', token.replace(/^(["'`])(.*)\1$/s, '$2'))
  take('scheme', token.replace(BEARER, ''))
  take('dpop_scheme', token.replace(DPOP, ''))
  if (token === '')
    return { given: '', token, wrappings: [isHeader(wrappings) ? 'nothing_behind' : 'nothing'] }
  take(...amongOthers(token))
  take('line_breaks', withoutLineBreaks(token))
  take('spaces', token.replace(/\s+/g, ''))
  return { given, token, wrappings }
}

/** Empty quotes are none. */
function isHeader(wrappings: readonly Wrapping[]): boolean {
  return (['header_name', 'scheme', 'dpop_scheme'] as const).some((each) => wrappings.includes(each))
}

/**
 * The token that other text stands around: the one that the text names, or the first of several.
 * The text itself if it has none.
 */
function amongOthers(text: string): readonly [Wrapping, string] {
  const whole = [...text.matchAll(WHOLE_TOKEN)]
  const [first = text, ...others] = new Set(whole.map(([token]) => token))
  const named = namedBeside(
    whole.map(([token]) => token),
    text,
  )
  if (named !== undefined) return ['other_text', named]
  if (others.length === 0 && whole.length > 1) return ['repeated', first]
  if (others.length === 0 && hasOtherText(text, first)) return ['other_text', first]
  const [start = text, ...further] = new Set(text.split(BETWEEN).filter(looksLikeJwt))
  const areSeveral = /\s/.test(text) && further.some((each) => each.split('.').length > 2)
  return ['two_tokens', areSeveral ? start : text]
}

/** `undefined` if there is no other token, or if several are named. */
function namedBeside(tokens: readonly string[], text: string): string | undefined {
  const [named, ...others] = new Set([...text.matchAll(NAMED_TOKEN)].map(([, token]) => token))
  return others.length === 0 && tokens.some((token) => token !== named) ? named : undefined
}

/** A token that was wrapped has its own characters behind it, and none in front. */
function hasOtherText(text: string, token: string): boolean {
  const [front = '', behind = ''] = text.split(token)
  return front !== '' || /[^\w.\s-]/.test(behind)
}

function looksLikeJwt(text: string): boolean {
  return text.startsWith('eyJ') && text.includes('.')
}

function withoutLineBreaks(text: string): string {
  return text
    .split(/[\r\n]/)
    .map((line) => line.trim())
    .join('')
}

/** The answer of a token endpoint (RFC 6749 §5.1). */
function fromJson(text: string): string {
  const token = memberOf(text, 'access_token')
  return isString(token) ? token : text
}

/** RFC 6749 §5.2. */
function isErrorAnswer(text: string): boolean {
  return isString(memberOf(text, 'error')) && memberOf(text, 'access_token') === undefined
}

function memberOf(text: string, name: string): unknown {
  const json: unknown = text.startsWith('{') ? parseJson(text) : undefined
  return isObject(json) ? own(json, name) : undefined
}
