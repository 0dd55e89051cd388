/** The options of a resource server on the command line, for the commands that make one. */
import type { ResourceServerOptions } from '../index.js'
import { UsageError } from './command.js'
import type { Arguments, OptionConfig } from './command.js'

export const SERVER_OPTIONS: Readonly<Record<string, OptionConfig>> = {
  issuer: { type: 'string' },
  audience: { type: 'string', multiple: true },
  'jwks-uri': { type: 'string' },
  'metadata-url': { type: 'string' },
  'timeout-ms': { type: 'string' },
  'dangerously-allow-insecure-http': { type: 'boolean' },
  json: { type: 'boolean' },
}

export const SERVER_OPTIONS_HELP: string = `
  --issuer <url>         the issuer, as in resourceServer({ issuer })
  --audience <id>        the identifier of your API; may be repeated
  --jwks-uri <url>       where the keys are, instead of discovery
  --metadata-url <url>   where the metadata is, instead of the well-known places
  --timeout-ms <number>  for each request, 50 to 60000. Default 3000
  --dangerously-allow-insecure-http
                         as in resourceServer
  --json                 one JSON object instead of text`.slice(1)

const DEFAULT_TIMEOUT_MS = 3000

export interface IssuerArguments {
  readonly issuer: string
  readonly audience: readonly string[]
  readonly jwksUri: string | undefined
  readonly metadataUrl: string | undefined
  readonly timeoutMs: number
  readonly allowInsecureHttp: boolean
}

/** Throws a UsageError. What the issuer and the audience must be is for `resourceServer` to say. */
export function readIssuerArguments(args: Arguments): IssuerArguments {
  const issuer = args.string('issuer')
  if (issuer === undefined) throw new UsageError('--issuer is missing: --issuer https://login.example.com')
  const jwksUri = args.string('jwks-uri')
  const metadataUrl = args.string('metadata-url')
  if (jwksUri !== undefined && metadataUrl !== undefined)
    throw new UsageError('--jwks-uri and --metadata-url exclude each other: leave one out')
  return {
    issuer,
    audience: args.strings('audience'),
    jwksUri,
    metadataUrl,
    timeoutMs: readNumber(args, 'timeout-ms', { min: 50, max: 60_000 }) ?? DEFAULT_TIMEOUT_MS,
    allowInsecureHttp: args.flag('dangerously-allow-insecure-http'),
  }
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

/** Without `audience` any is accepted: only the keys are looked at then. */
export function toServerOptions(args: IssuerArguments): ResourceServerOptions {
  const { issuer, audience, jwksUri, metadataUrl, timeoutMs, allowInsecureHttp } = args
  const place = jwksUri !== undefined ? { jwksUri } : metadataUrl !== undefined ? { metadataUrl } : undefined
  const keys = { attemptTimeoutMs: timeoutMs, flightTimeoutMs: Math.min(60_000, timeoutMs * 2) }
  return {
    issuer: place === undefined ? issuer : { issuer, ...place },
    keys,
    ...(audience.length === 0 ? { dangerouslyAcceptAnyAudience: true } : { audience }),
    ...(allowInsecureHttp && { dangerouslyAllowInsecureHttp: true }),
  }
}

/** For values that `resourceServer` refuses. */
export function emptyAdvice(values: readonly string[]): string | undefined {
  return values.includes('')
    ? 'A value is empty. Usually an environment variable is not set: print it, and look for a .env file that is not loaded.'
    : undefined
}
