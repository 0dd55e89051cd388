/** Reads a token from standard input, a file or a hidden prompt. */
import path from 'node:path'
import { Interrupted, UsageError } from './command.js'
import type { Arguments, OptionConfig, Surroundings } from './command.js'
import { MAX_INPUT_LENGTH, readAll, readTextFile } from './text-input.js'
import { unwrap } from './unwrap.js'
import type { TokenInput } from './unwrap.js'

export const TOKEN_OPTIONS: Readonly<Record<string, OptionConfig>> = { 'token-file': { type: 'string' } }

/** Throws a UsageError if there is nowhere to read from. */
export async function readToken(args: Arguments, surroundings: Surroundings): Promise<TokenInput> {
  const [positional] = args.positionals
  if (positional !== undefined && positional !== '-')
    throw new UsageError(
      'The token is read from standard input, not from an argument: write - and pipe it in',
    )
  const file = args.string('token-file')
  if (file !== undefined && positional === '-') throw new UsageError('Give either - or --token-file')
  if (file !== undefined)
    return unwrap(await readTextFile('token-file', path.resolve(surroundings.cwd, file)))
  const { stdin } = surroundings
  const isPrompt = stdin.isTTY === true && positional === undefined
  return unwrap(isPrompt ? await prompt(surroundings) : await readAll(stdin))
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
