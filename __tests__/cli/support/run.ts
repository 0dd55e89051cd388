/** Runs the command line in this process, as the program does. */
import path from 'node:path'
import { Readable } from 'node:stream'
import type { Output, Surroundings } from '../../../lib/cli/command.js'
import { main } from '../../../lib/cli/main.js'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

class Sink implements Output {
  text = ''
  readonly isTTY: boolean
  readonly #colors: boolean

  constructor(terminal: RunOptions['terminal']) {
    this.isTTY = terminal !== undefined
    this.#colors = terminal?.colors ?? false
  }

  write(text: string): void {
    this.text += text
  }

  hasColors(): boolean {
    return this.#colors
  }
}

export interface RunOptions {
  readonly stdin?: string
  readonly cwd?: string
  /** Standard output and error are terminals. */
  readonly terminal?: { readonly colors: boolean }
  readonly surroundings?: Partial<Surroundings>
}

export const packageFolder = path.resolve(__dirname, '../../..')

export async function run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { stdin = '', cwd = packageFolder, terminal } = options
  const stdout = new Sink(terminal)
  const stderr = new Sink(terminal)
  const code = await main(args, {
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout,
    stderr,
    version: '1.2.3',
    packageFolder,
    cwd,
    signal: new AbortController().signal,
    ...options.surroundings,
  })
  return { code, stdout: stdout.text, stderr: stderr.text }
}

/** The one JSON object that `--json` prints. */
export async function runJson(
  args: readonly string[],
  options?: RunOptions,
): Promise<Ran & { readonly report: any }> {
  const ran = await run([...args, '--json'], options)
  return { ...ran, report: JSON.parse(ran.stdout) }
}
