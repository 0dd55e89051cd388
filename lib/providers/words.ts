/** Reads the words of a provider, such as a domain or a tenant, and says what people confuse them with. */
import { isObject } from '../core/base/own.js'
import { ConfigurationError } from '../core/errors/errors.js'
import { assertNotRequest } from '../core/errors/misuse.js'
import { parseFetchableUrl } from '../core/net/urls.js'
import { OptionReader } from '../core/options/reader.js'

/** What a word looks like. */
export interface WordShape {
  readonly pattern: RegExp
  /** What the word must be, to follow "must be". */
  readonly what: string
  readonly example: string
  /** Mistakes that the pattern refuses, and what to say about each: it follows the name of the word. */
  readonly mistakes?: readonly (readonly [pattern: RegExp, problem: string])[]
}

const HOST = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/
const ONLY_HTTPS = { allowInsecureHttp: false }

/** `preset` is the name of the function, with which messages begin. */
export function readWords(
  preset: string,
  words: unknown,
  known: readonly string[],
  example: string,
): OptionReader {
  assertNotRequest(preset, words)
  if (!isObject(words) || Array.isArray(words))
    throw new ConfigurationError(`${preset}: must be an object, such as ${example}`, preset)
  return new OptionReader(words, preset, known)
}

/** A string that matches. Throws a ConfigurationError if it is missing or does not. */
export function readWord(reader: OptionReader, name: string, shape: WordShape): string {
  return readOptionalWord(reader, name, shape) ?? reader.fail(name, `is required, such as ${shape.example}`)
}

/** The same, but `undefined` if the word is not given. */
export function readOptionalWord(reader: OptionReader, name: string, shape: WordShape): string | undefined {
  const word = reader.string(name)
  if (word === undefined) return undefined
  const mistake = shape.mistakes?.find(([pattern]) => pattern.test(word))
  if (mistake !== undefined) reader.fail(name, mistake[1])
  return shape.pattern.test(word)
    ? word
    : reader.fail(name, `must be ${shape.what}, such as ${shape.example}`)
}

/** The shape of a host name without scheme, port and path. */
export function hostShape(example: string, mistakes: WordShape['mistakes'] = []): WordShape {
  return {
    pattern: HOST,
    what: 'a host name in lower case',
    example,
    mistakes: [
      ...mistakes,
      [/:\/\//, `is a URL. Write only its host, such as ${example}`],
      [/\/$/, `ends with a slash. Write only the host, such as ${example}`],
      [/[/?#]/, `has a path. Write only the host, such as ${example}`],
      [/\s/, `has white space. Write the host, such as ${example}`],
    ],
  }
}

/**
 * The URL of a server that may have a path, without a final slash: https, or http on loopback.
 * Throws a ConfigurationError if it is missing or is not such a URL. `overHttp` says what to do about http.
 */
export function readBaseUrl(
  reader: OptionReader,
  name: string,
  example: string,
  overHttp: string = 'http only on loopback',
): string {
  const text = reader.string(name) ?? reader.fail(name, `is required, such as ${example}`)
  if (text.includes('/.well-known/'))
    reader.fail(name, `is the URL of a document. Write what is before it, such as ${example}`)
  if (text.endsWith('/')) reader.fail(name, `ends with a slash. Write it without, such as ${example}`)
  const url = parseFetchableUrl(text, ONLY_HTTPS)
  // A URL that is not in its normal form is not what tokens have in `iss`.
  if (url === undefined || url.search !== '' || url.hash !== '' || url.href.replace(/\/$/, '') !== text)
    reader.fail(
      name,
      `must be an https URL without query and fragment, as tokens have it in "iss", such as ${example}; ${overHttp}`,
    )
  return text
}
