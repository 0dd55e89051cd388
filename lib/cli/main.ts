/** The command line: finds the command, and turns what it throws into an exit code. */
import { nearest } from '../core/options/nearest.js'
import { parseArguments } from './arguments.js'
import { check } from './check/command.js'
import { Interrupted, UsageError } from './command.js'
import type { Command, ExitCode, Surroundings } from './command.js'
import { decode } from './decode/command.js'
import { explain } from './explain/command.js'
import { printableLines } from './printable.js'
import { routes } from './routes/command.js'
import { serve } from './serve/command.js'

/** In the order of the help. */
const COMMANDS: readonly Command[] = [check, explain, decode, serve, routes]

/** The beginning of a JWT or an encrypted one: the encoded `{"`, and more. */
const TOKEN = /eyJ[\w-]{8,}/

const PROGRAM = 'express-resource-server'

/** Runs one command. Does not end the process: the caller does, with this code. */
export async function main(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  try {
    return await run(args, surroundings)
  } catch (thrown) {
    if (thrown instanceof Interrupted) return 130
    if (!(thrown instanceof UsageError)) throw thrown
    surroundings.stderr.write(`${printableLines(thrown.message)}\n`)
    return 2
  }
}

async function run([name, ...rest]: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const { stdout, version } = surroundings
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    stdout.write(overview())
    return name === undefined ? 2 : 0
  }
  if (name === '--version' || name === '-v') {
    stdout.write(`${version}\n`)
    return 0
  }
  assertNoToken([name, ...rest])
  const command = commandOf(name)
  const args = withAdvice(command, () => parseArguments(rest, command))
  if (args.flag('help')) {
    stdout.write(`${command.help.trim()}\n`)
    return 0
  }
  const ended = command.run(args, surroundings)
  return command.isUntilStopped === true ? ended : Promise.race([ended, interrupted(surroundings.signal)])
}

function interrupted(signal: AbortSignal): Promise<ExitCode> {
  return new Promise((resolve) => {
    const end = (): void => {
      resolve(130)
    }
    if (signal.aborted) end()
    signal.addEventListener('abort', end)
  })
}

function commandOf(name: string): Command {
  const command = COMMANDS.find((each) => each.name === name)
  if (command !== undefined) return command
  const names = COMMANDS.map((each) => each.name)
  const meant = nearest(name, names)
  const advice = meant === undefined ? `; the commands are ${names.join(', ')}` : `; did you mean ${meant}?`
  // Something long may be a token.
  throw new UsageError(`There is no command ${/^[\w-]{1,20}$/.test(name) ? name : 'of this name'}${advice}`)
}

/** Shells keep a history, and other users of the machine can list the arguments of processes. */
function assertNoToken(args: readonly string[]): void {
  if (!args.some((arg) => TOKEN.test(arg))) return
  throw new UsageError(
    'An argument is a token. Arguments end up in shell histories and lists of processes: ' +
      'give the token on standard input instead, or in a file with --token-file. ' +
      'Whoever can read the history can use the token until it expires.',
  )
}

function withAdvice<T>(command: Command, parse: () => T): T {
  try {
    return parse()
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown
    throw new UsageError(`${thrown.message}\nFor help: npx ${PROGRAM} ${command.name} --help`)
  }
}

function overview(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length))
  const lines = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
  return [
    `Usage: npx ${PROGRAM} <command> [options]`,
    '',
    'Commands:',
    ...lines,
    '',
    'Each command has --help and --json. --version prints the version.',
    'Exit codes: 0 good, 1 a problem was found, 2 wrong usage, 130 interrupted.',
    '',
  ].join('\n')
}
