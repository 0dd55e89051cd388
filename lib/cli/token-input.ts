/** Reads a token from standard input, a file or a hidden prompt. */
import { createReadStream } from 'node:fs'
import path from 'node:path'
import { Interrupted, UsageError } from './command.js'
import type { Arguments, Input, OptionConfig, Surroundings } from './command.js'
import { unwrap } from './unwrap.js'
import type { TokenInput } from './unwrap.js'

export const TOKEN_OPTIONS: Readonly<Record<string, OptionConfig>> = { 'token-file': { type: 'string' } }

const MAX_INPUT_LENGTH = 1_048_576

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
