/** Reads the arguments of a command. Names the nearest option for one that does not exist. */
import { parseArgs } from 'node:util'
import { nearest } from '../core/options/nearest.js'
import { UsageError } from './command.js'
import type { Arguments, Command, OptionConfig } from './command.js'

type Options = Readonly<Record<string, OptionConfig>>

const HELP: OptionConfig = { type: 'boolean', short: 'h' }

interface OptionToken {
  readonly kind: 'option'
  readonly name: string
  readonly rawName: string
  readonly value: string | undefined
  readonly inlineValue: boolean | undefined
}

/** Throws a UsageError. Values never appear in its message: one may be a token. */
export function parseArguments(args: readonly string[], command: Command): Arguments {
  const options = { ...command.options, help: HELP }
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const given = tokens.filter((token) => token.kind === 'option')
  for (const token of given) assertOption(token, options)
  const positionals = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []))
  const named = (name: string): readonly OptionToken[] => given.filter((token) => token.name === name)
  const strings = (name: string): readonly string[] => named(name).flatMap(({ value }) => value ?? [])
  const isHelp = named('help').length > 0
  if (!isHelp) assertCounts(command, positionals, given)
  return {
    positionals,
    string: (name) => strings(name).at(-1),
    strings,
    flag: (name) => named(name).length > 0,
  }
}

function assertOption({ name, rawName, value, inlineValue }: OptionToken, options: Options): void {
  const config = Object.hasOwn(options, name) ? options[name] : undefined
  if (config === undefined) throw new UsageError(unknownOption(rawName, options))
  if (config.type === 'boolean') {
    if (value !== undefined) throw new UsageError(`--${name} takes no value`)
    return
  }
  if (value === undefined || (inlineValue !== true && /^-./.test(value)))
    throw new UsageError(`--${name} needs a value: ${valuesOf(name, config)}`)
}

function valuesOf(name: string, { values }: OptionConfig): string {
  return values === undefined ? `--${name}=<value>` : values.join(', ')
}

function unknownOption(rawName: string, options: Options): string {
  const meant = nearest(rawName.replace(/^-+/, ''), Object.keys(options))
  const advice = meant === undefined ? '' : `; did you mean --${meant}?`
  return `There is no option ${printableName(rawName)}${advice}`
}

/** Something long or strange after two hyphens may be a secret. */
function printableName(rawName: string): string {
  return /^-{1,2}[\w-]{1,40}$/.test(rawName) ? rawName : 'of this name'
}

function assertCounts(
  { name, options, maxPositionals }: Command,
  positionals: readonly string[],
  given: readonly OptionToken[],
): void {
  const names = given.map((token) => token.name)
  const repeated = names.find(
    (each, index) => names.indexOf(each) < index && options[each]?.multiple !== true,
  )
  if (repeated !== undefined) throw new UsageError(`--${repeated} is given twice`)
  if (positionals.length > maxPositionals)
    throw new UsageError(
      maxPositionals === 0
        ? `${name} takes options only, such as --issuer`
        : `${name} takes at most ${String(maxPositionals)} argument${maxPositionals === 1 ? '' : 's'}`,
    )
}
