/** Text from standard input or a file, in UTF-8 or as PowerShell writes it. */
import { createReadStream } from 'node:fs'
import { isObject } from '../core/base/own.js'
import { UsageError } from './command.js'
import type { Input } from './command.js'

export const MAX_INPUT_LENGTH = 1_048_576

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not read it',
}

/** Not whole: a device or a wrong file may have no end. Throws a UsageError that names the option. */
export async function readTextFile(option: string, file: string): Promise<string> {
  try {
    return await readAll(createReadStream(file), `The file of --${option} is larger than 1 MiB`)
  } catch (thrown) {
    if (thrown instanceof UsageError) throw thrown
    const code = isObject(thrown) ? String(thrown['code']) : ''
    throw new UsageError(`--${option} cannot be read: ${REASONS[code] ?? code}`)
  }
}

/** Throws a UsageError for text that is larger than any token. */
export async function readAll(
  stdin: Input,
  tooLarge: string = 'The input is larger than 1 MiB, which no token is',
): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk)
    length += bytes.length
    if (length > MAX_INPUT_LENGTH) throw new UsageError(tooLarge)
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
