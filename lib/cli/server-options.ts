/** The options of a resource server on the command line, for the commands that make one. */
import { ConfigurationError } from '../index.js'
import type { ResourceServerOptions } from '../index.js'
import { UsageError } from './command.js'
import type { Arguments, OptionConfig } from './command.js'
import { hasOwnAudience, PROVIDER_NAMES, readPreset } from './provider/preset.js'
import type { Preset } from './provider/preset.js'

export const SERVER_OPTIONS: Readonly<Record<string, OptionConfig>> = {
  issuer: { type: 'string' },
  provider: { type: 'string', values: PROVIDER_NAMES },
  with: { type: 'string', multiple: true },
  audience: { type: 'string', multiple: true },
  'jwks-uri': { type: 'string' },
  'metadata-url': { type: 'string' },
  'timeout-ms': { type: 'string' },
  'dangerously-allow-insecure-http': { type: 'boolean' },
  json: { type: 'boolean' },
}

export const SERVER_OPTIONS_HELP: string = `
  --issuer <url>         the issuer, as in resourceServer({ issuer })
  --provider <name>      instead of --issuer: a preset of express-resource-server/providers
  --with <word>=<value>  a word of the preset, such as realm=main; may be repeated
  --audience <id>        the identifier of your API; may be repeated
  --jwks-uri <url>       where the keys are, instead of discovery
  --metadata-url <url>   where the metadata is, instead of the well-known places
  --timeout-ms <number>  for each request, 50 to 60000. Default 3000
  --dangerously-allow-insecure-http
                         as in resourceServer
  --json                 one JSON object instead of text`.slice(1)

const DEFAULT_TIMEOUT_MS = 3000

export interface IssuerArguments {
  /** Empty if the preset refuses its words. */
  readonly issuer: string
  readonly preset: Preset | undefined
  /** Of the server: empty if the preset has its own. */
  readonly audience: readonly string[]
  readonly jwksUri: string | undefined
  readonly metadataUrl: string | undefined
  readonly timeoutMs: number
  readonly allowInsecureHttp: boolean
}

/** Throws a UsageError. What the issuer and the audience must be is for `resourceServer` to say. */
export function readIssuerArguments(args: Arguments): IssuerArguments {
  return {
    ...readSource(args),
    audience: args.strings('audience'),
    timeoutMs: readNumber(args, 'timeout-ms', { min: 50, max: 60_000 }) ?? DEFAULT_TIMEOUT_MS,
    allowInsecureHttp: args.flag('dangerously-allow-insecure-http'),
  }
}

type Source = Pick<IssuerArguments, 'issuer' | 'preset' | 'jwksUri' | 'metadataUrl'>

function readSource(args: Arguments): Source {
  const preset = readPreset(args)
  if (preset !== undefined) return sourceOf(preset, args)
  const issuer = args.string('issuer')
  if (issuer === undefined)
    throw new UsageError(
      '--issuer is missing: --issuer https://login.example.com, or --provider <name> for a preset',
    )
  const jwksUri = args.string('jwks-uri')
  const metadataUrl = args.string('metadata-url')
  if (jwksUri !== undefined && metadataUrl !== undefined)
    throw new UsageError('--jwks-uri and --metadata-url exclude each other: leave one out')
  return { issuer, preset, jwksUri, metadataUrl }
}

function sourceOf(preset: Preset, args: Arguments): Source {
  const { name, made } = preset
  const needless = ['issuer', 'jwks-uri', 'metadata-url'].find((each) => args.string(each) !== undefined)
  if (needless !== undefined)
    throw new UsageError(`--${needless} and --provider exclude each other: ${name}() knows it. Leave one out`)
  if (hasOwnAudience(preset) && args.string('audience') !== undefined)
    throw new UsageError(`--audience is not for ${name}(), which has the audience itself: leave it out`)
  if (made instanceof ConfigurationError)
    return { issuer: '', preset, jwksUri: undefined, metadataUrl: undefined }
  return { issuer: made.issuer, preset, jwksUri: made.jwksUri, metadataUrl: made.metadataUrl }
}

export function readNumber(
  args: Arguments,
  name: string,
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined {
  const text = args.string(name)
  if (text === undefined) return undefined
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value < min || value > max)
    throw new UsageError(`--${name} must be a number from ${String(min)} to ${String(max)}`)
  return value
}

/**
 * Without `audience` any is accepted: only the keys are looked at then. Throws the
 * ConfigurationError of a preset that refuses its words.
 */
export function toServerOptions(args: IssuerArguments): ResourceServerOptions {
  const { preset, audience, timeoutMs, allowInsecureHttp } = args
  const keys = { attemptTimeoutMs: timeoutMs, flightTimeoutMs: Math.min(60_000, timeoutMs * 2) }
  const any = preset !== undefined && hasOwnAudience(preset) ? {} : { dangerouslyAcceptAnyAudience: true }
  const options = {
    issuer: issuerOption(args),
    keys,
    ...(audience.length === 0 ? any : { audience }),
    ...(allowInsecureHttp && { dangerouslyAllowInsecureHttp: true }),
  }
  // An issuer with its own audience needs no other, which the type cannot see here.
  return options as ResourceServerOptions
}

function issuerOption(args: IssuerArguments): ResourceServerOptions['issuer'] {
  const { issuer, preset, jwksUri, metadataUrl } = args
  if (preset?.made instanceof ConfigurationError) throw preset.made
  if (preset !== undefined) return preset.made
  if (jwksUri !== undefined) return { issuer, jwksUri }
  return metadataUrl === undefined ? issuer : { issuer, metadataUrl }
}

/** What `resourceServer` or a preset was given, for advice about empty values. */
export function givenValues({ issuer, preset, audience }: IssuerArguments): readonly string[] {
  return [...(preset?.values ?? [issuer]), ...audience]
}

/** For values that `resourceServer` refuses. */
export function emptyAdvice(values: readonly string[]): string | undefined {
  return values.includes('')
    ? 'A value is empty. Usually an environment variable is not set: print it, and look for a .env file that is not loaded.'
    : undefined
}
