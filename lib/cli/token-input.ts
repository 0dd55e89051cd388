/** Reads a token from standard input, a file or a hidden prompt, and says what else was pasted with it. */
import { createReadStream } from 'node:fs'
import path from 'node:path'
import { isObject, isString, own } from '../core/base/own.js'
import { parseJson } from '../core/base/strict-json.js'
import { Interrupted, UsageError } from './command.js'
import type { Arguments, Input, OptionConfig, Surroundings } from './command.js'

export const TOKEN_OPTIONS: Readonly<Record<string, OptionConfig>> = { 'token-file': { type: 'string' } }

/** What was given besides a token, or in its place. */
export type Wrapping =
  'nothing' | 'header_name' | 'scheme' | 'quotes' | 'line_breaks' | 'spaces' | 'two_tokens' | 'json'

export interface TokenInput {
  /** As it was given, without white space around it. */
  readonly given: string
  /** What is left if all else is taken away. */
  readonly token: string
  readonly wrappings: readonly Wrapping[]
}

const MAX_INPUT_LENGTH = 1_048_576
/** What separates tokens from other text. */
const BETWEEN = /[^\w.-]+/

/** Throws a UsageError if there is nowhere to read from. */
export async function readToken(args: Arguments, surroundings: Surroundings): Promise<TokenInput> {
  const [positional] = args.positionals
  if (positional !== undefined && positional !== '-')
    throw new UsageError(
      'The token is read from standard input, not from an argument: write - and pipe it in',
    )
  const file = args.string('token-file')
  if (file !== undefined && positional === '-') throw new UsageError('Give either - or --token-file')
  if (file !== undefined) return unwrap(await readTokenFile(path.resolve(surroundings.cwd, file)))
  const { stdin } = surroundings
  const isPrompt = stdin.isTTY === true && positional === undefined
  return unwrap(isPrompt ? await prompt(surroundings) : await readAll(stdin))
}

/** Not whole: a device or a wrong file may have no end. */
async function readTokenFile(file: string): Promise<string> {
  try {
    return await readAll(createReadStream(file))
  } catch (thrown) {
    if (thrown instanceof UsageError) throw thrown
    throw new UsageError('--token-file cannot be read: there is no such file, or this user may not read it')
  }
}

async function readAll(stdin: Input): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk)
    length += bytes.length
    if (length > MAX_INPUT_LENGTH) throw new UsageError('The input is larger than 1 MiB, which no token is')
    chunks.push(bytes)
  }
  return textOf(Buffer.concat(chunks))
}

/** PowerShell writes files in UTF-16, with a byte order mark. */
function textOf(bytes: Buffer): string {
  const mark = bytes.toString('hex', 0, 2)
  if (mark === 'fffe') return bytes.toString('utf16le')
  if (mark === 'feff' && bytes.length % 2 === 0) return Buffer.from(bytes).swap16().toString('utf16le')
  return bytes.toString()
}

/** In raw mode, so that the terminal neither shows the token nor cuts it off after 4096 characters. */
async function prompt({ stdin, stderr }: Surroundings): Promise<string> {
  stderr.write('Paste the token (it is not shown), then press Enter: ')
  stdin.setRawMode?.(true)
  let text = ''
  try {
    for await (const chunk of stdin) {
      text += String(chunk)
      // Ctrl-C and Ctrl-D arrive as characters in raw mode.
      if (text.includes('\x03')) throw new Interrupted()
      if (text.includes('\x04')) throw new UsageError('No token was given')
      if (/[\r\n]/.test(text) || text.length > MAX_INPUT_LENGTH) break
    }
  } finally {
    stdin.setRawMode?.(false)
    stderr.write('\n')
  }
  return text
}

/** Takes one thing after the other away. */
export function unwrap(text: string): TokenInput {
  const given = text.replace(/^\ufeff/, '').trim()
  const wrappings: Wrapping[] = given === '' ? ['nothing'] : []
  let token = given
  const take = (wrapping: Wrapping, rest: string): void => {
    if (rest === token) return
    wrappings.push(wrapping)
    token = rest.trim()
  }
  take('json', fromJson(token))
  take('header_name', token.replace(/^authorization\s*:\s*/i, ''))
  take('scheme', token.replace(/^(?:bearer\s*[:=]?\s+)+/i, ''))
  take('quotes', token.replace(/^(["'`])(.*)\1$/s, '$2'))
  take('scheme', token.replace(/^(?:bearer\s*[:=]?\s+)+/i, ''))
  const [first = token, ...others] = new Set(token.split(BETWEEN).filter(looksLikeJwt))
  if (others.length > 0 && /\s/.test(token) && others.some((each) => each.split('.').length > 2))
    take('two_tokens', first)
  take(
    'line_breaks',
    token
      .split(/[\r\n]/)
      .map((line) => line.trim())
      .join(''),
  )
  take('spaces', token.replace(/\s+/g, ''))
  return { given, token, wrappings }
}

function looksLikeJwt(text: string): boolean {
  return text.startsWith('eyJ') && text.includes('.')
}

/** The answer of a token endpoint (RFC 6749 §5.1). */
function fromJson(text: string): string {
  const json: unknown = text.startsWith('{') ? parseJson(text) : undefined
  const token = isObject(json) ? own(json, 'access_token') : undefined
  return isString(token) ? token : text
}
