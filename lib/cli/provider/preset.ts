/** Reads `--provider` and `--with`: the issuer options of a provider, or why it refuses its words. */
import { ConfigurationError } from '../../index.js'
import type { IssuerOptions } from '../../core/options/types.js'
import { nearest } from '../../core/options/nearest.js'
import { UsageError } from '../command.js'
import type { Arguments } from '../command.js'
import { quoted } from '../printable.js'
import { PROVIDERS } from './providers.js'
import type { Kind, Provider } from './providers.js'

type Word = string | boolean | number | readonly string[]

export interface Preset {
  readonly name: string
  /** Its issuer options, or what is wrong with the words. */
  readonly made: IssuerOptions | ConfigurationError
  /** As given. */
  readonly values: readonly string[]
  /** The names of all words of the provider. */
  readonly words: readonly string[]
  /** What to write in the application: `issuer: keycloak({ … })`. */
  readonly line: string
  /** The page that explains the words. */
  readonly page: string
}

const RESOLVING = 'entraTenants'

export const PROVIDER_NAMES: readonly string[] = Object.keys(PROVIDERS)

/** `undefined` without `--provider`. Throws a UsageError. Values never appear in its message. */
export function readPreset(args: Arguments): Preset | undefined {
  const name = args.string('provider')
  const texts = args.strings('with')
  if (name === undefined) {
    if (texts.length > 0) throw new UsageError('--with needs --provider, whose words it gives')
    return undefined
  }
  const provider = providerOf(name)
  const pairs = texts.map(toPair)
  const given = toWords(pairs, provider)
  return {
    name,
    made: made(provider, given),
    values: pairs.map(([, value]) => value),
    words: [...provider.words.keys()],
    line: lineOf(name, given),
    page: provider.page,
  }
}

export function hasOwnAudience({ made }: Preset): boolean {
  return !(made instanceof ConfigurationError) && made.audience !== undefined
}

/** For words that the provider refuses. */
export function wordsAdvice({ made, page, name, words }: Preset): string | undefined {
  if (!(made instanceof ConfigurationError)) return undefined
  const [first = ''] = words
  return `The words of ${name}() are ${words.join(', ')}: --with ${first}=<value>. See ${page}.`
}

/** For words that it takes, but that lead to no issuer, or to another one. */
export function compareWords({ page, name }: Preset): string {
  return `Compare what you gave ${name}() with what your provider shows, case too; ${page} says where.`
}

function providerOf(name: string): Provider {
  if (name === RESOLVING)
    throw new UsageError(
      `--provider ${RESOLVING} needs your function isAllowed, which a command line cannot hold. ` +
        'Take one of your tenants: --provider entra --with tenantId=<id> --with clientId=<id>',
    )
  const known: ReadonlyMap<string, Provider> = new Map(Object.entries(PROVIDERS))
  const provider = known.get(name)
  if (provider !== undefined) return provider
  const meant = nearest(name, PROVIDER_NAMES)
  const advice =
    meant === undefined ? `; the providers are ${PROVIDER_NAMES.join(', ')}` : `; did you mean ${meant}?`
  throw new UsageError(`There is no provider ${/^[\w-]{1,20}$/.test(name) ? name : 'of this name'}${advice}`)
}

function toPair(text: string): readonly [name: string, value: string] {
  const at = text.indexOf('=')
  if (at < 1) throw new UsageError('--with takes a name and a value: --with realm=main')
  return [text.slice(0, at), text.slice(at + 1)]
}

function toWords(
  pairs: readonly (readonly [name: string, value: string])[],
  { words }: Provider,
): ReadonlyMap<string, Word> {
  const texts = new Map<string, readonly string[]>()
  for (const [name, value] of pairs) {
    const before = texts.get(name) ?? []
    // Names that are long or strange may be secrets.
    if (before.length > 0 && words.get(name) !== 'list')
      throw new UsageError(`--with ${/^\w{1,40}$/.test(name) ? name : 'with one name'} is given twice`)
    texts.set(name, [...before, value])
  }
  return new Map([...texts].map(([name, values]) => [name, toWord(values, words.get(name))]))
}

/** What is not of its kind stays text: the preset says what it must be. */
function toWord(values: readonly string[], kind: Kind | undefined): Word {
  const [text = ''] = values
  if (kind === 'list') {
    const list = values.flatMap((each) => each.split(','))
    return list.length === 1 ? text : list
  }
  if (kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  return kind === 'integer' && /^\d{1,9}$/.test(text) ? Number(text) : text
}

function made(provider: Provider, words: ReadonlyMap<string, Word>): IssuerOptions | ConfigurationError {
  try {
    return provider.make(Object.fromEntries(words))
  } catch (thrown) {
    if (thrown instanceof ConfigurationError) return thrown
    throw thrown
  }
}

function lineOf(name: string, words: ReadonlyMap<string, Word>): string {
  const members = [...words].map(([word, value]) => `${word}: ${literal(value)}`)
  return `issuer: ${name}({ ${members.join(', ')} })`
}

function literal(word: Word): string {
  if (typeof word === 'string') return quoted(word)
  return typeof word === 'object' ? `[${word.map(quoted).join(', ')}]` : String(word)
}
