/** What a command of the command line is, and what it may use of the process. */
import type { ParseArgsConfig } from 'node:util'

/** 0: good. 1: a problem was found. 2: the command was used wrongly. 130: it was interrupted. */
export type ExitCode = 0 | 1 | 2 | 130

export interface Output {
  readonly isTTY?: boolean | undefined
  write(text: string): unknown
  /** Of a terminal: whether it shows colors. Obeys NO_COLOR, FORCE_COLOR and TERM. */
  hasColors?(): boolean
}

export interface Input extends AsyncIterable<Buffer | string> {
  readonly isTTY?: boolean | undefined
  setRawMode?(isRaw: boolean): unknown
}

/** The process, as commands see it. Tests bring their own. */
export interface Surroundings {
  readonly stdin: Input
  readonly stdout: Output
  readonly stderr: Output
  /** The version of this package. */
  readonly version: string
  /** Where this package is installed, for its documentation. */
  readonly packageFolder: string
  /** Paths are relative to it. */
  readonly cwd: string
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal
}

/** One option, as `parseArgs` of `node:util` takes it. */
export type OptionConfig = NonNullable<ParseArgsConfig['options']>[string] & {
  /** All that it may be, for who gives the option without a value. */
  readonly values?: readonly string[]
}

export interface Arguments {
  readonly positionals: readonly string[]
  /** The last value, or `undefined`. */
  string(name: string): string | undefined
  /** Each value of an option that may be repeated, in order. */
  strings(name: string): readonly string[]
  flag(name: string): boolean
}

export interface Command {
  readonly name: string
  /** One line for the list of commands, without a full stop. */
  readonly summary: string
  /** What `--help` prints. Starts with the usage. */
  readonly help: string
  /** Without `help`, which every command has. */
  readonly options: Readonly<Record<string, OptionConfig>>
  /** The most positional arguments. */
  readonly maxPositionals: number
  /** Whether the signal is how it ends. Others are left where they are. */
  readonly isUntilStopped?: boolean
  /** Throws a UsageError for wrong arguments. */
  run(args: Arguments, surroundings: Surroundings): Promise<ExitCode>
}

/** Ends the process with 2. The message says what to write instead. */
export class UsageError extends Error {
  static override readonly name: string = 'UsageError'
  override readonly name = 'UsageError'
}

/** Ends the process with 130, as SIGINT does: a prompt reads Ctrl-C as a character. */
export class Interrupted extends Error {
  static override readonly name: string = 'Interrupted'
  override readonly name = 'Interrupted'
}
