/** What to write, made from the configured values: never from values of the token. */
import type { ErrorCode, Hint, ResourceServerError } from '../../index.js'
import { isObject, own } from '../../core/base/own.js'
import { quoted } from '../printable.js'
import { compareWords, wordsAdvice } from '../provider/preset.js'
import { emptyAdvice, givenValues } from '../server-options.js'
import type { IssuerArguments } from '../server-options.js'
import type { Wrapping } from '../unwrap.js'
import { claimsOf } from './unverified.js'
import type { Settings } from './settings.js'

export interface Given {
  readonly token: string
  readonly args: IssuerArguments
  readonly settings: Settings
}

type Advise = (given: Given) => string | undefined

const BY_WRAPPING: Readonly<Record<Wrapping, string>> = {
  nothing: 'Nothing arrived: the file or the variable is empty, or the command in front of the pipe failed.',
  nothing_behind:
    'Only the beginning of the header arrived, and no token: the variable behind it is empty, or the command that prints it failed.',
  header_name:
    'The whole header was given, with "Authorization:". A program that stores that as its token sends the scheme twice.',
  scheme:
    'The token has "Bearer " in front. A program that stores that as its token sends the scheme twice: store only the token.',
  dpop_scheme:
    'The token has "DPoP " in front: store only the token. It is explained as a program sends it that knows nothing of DPoP.',
  quotes:
    'The token is in quotes. A program that sends it so has not parsed the JSON or the .env file from which it takes it.',
  line_breaks:
    'The token has line breaks inside, which no header can carry. It was wrapped by an editor, a terminal or a base64 tool: store it as one line.',
  spaces: 'There is white space inside the token. Copy it again, in one piece.',
  other_text: 'There is other text around the token. Only the token is explained: store nothing else.',
  repeated: 'The same token is there more than once. Store it once.',
  two_tokens: 'There are two tokens. The first one is explained here; give them one by one.',
  json: 'The whole answer of the token endpoint was given. The token is its member access_token.',
  json_error:
    'This is no token, but the answer of a token endpoint that refuses one: its member `error` says why. Correct the request: client, secret, grant or scope.',
}

const BY_HINT: Readonly<Partial<Record<Hint, Advise>>> = {
  issuer_trailing_slash: ({ args: { issuer, preset } }) =>
    preset === undefined ? `Write: issuer: ${quoted(toggleSlash(issuer))}` : compareWords(preset),
  issuer_http: ({ args: { issuer } }) =>
    `Tokens have: ${quoted(toggleScheme(issuer))}. Set the public address at the authorization server, or write that.`,
  audience_trailing_slash: ({ args }) => write('audience', args.audience, toggleSlash),
  audience_http: ({ args }) => write('audience', args.audience, toggleScheme),
  audience_app_id_uri: ({ args }) => write('audience', args.audience, toggleAppId),
  claim_path_flattened: pathAdvice,
  encrypted_token: () =>
    "For encrypted tokens, write: decryption: jwe({ keys }), from 'express-resource-server/jwe'",
  typ_not_at_jwt: (given) =>
    given.args.preset === undefined
      ? "Leave out --profile and profile, or write profile: 'jwt'"
      : writeOption("profile: 'jwt'", given),
  symmetric_algorithm: () =>
    'If the issuer cannot do better, write: issuer: { issuer, secret }. This command takes no secret.',
}

const BY_CODE: Readonly<Partial<Record<ErrorCode, Advise>>> = {
  ERR_CONFIRMATION_UNSUPPORTED: confirmationAdvice,
  ERR_CLAIM_MISSING: missingAdvice,
  ERR_CONFIGURATION: ({ args, settings: { scopes, roles } }) =>
    emptyAdvice([...givenValues(args), ...scopes, ...roles]) ?? (args.preset && wordsAdvice(args.preset)),
}

/** What the configured value was compared with, which only the token has. */
const COMPARED: Readonly<Partial<Record<ErrorCode, (settings: Settings) => string>>> = {
  ERR_ALGORITHM_NOT_ALLOWED: () => '`alg`',
  ERR_TOKEN_TYPE: () => '`typ`',
  ERR_ISSUER_UNKNOWN: () => '`iss`',
  ERR_KEY_UNKNOWN: () => '`kid`',
  ERR_AUDIENCE_MISMATCH: audienceClaim,
  ERR_SCOPE_INSUFFICIENT: ({ options }) => claimName(options.scopes, '`scope`'),
  ERR_ROLE_INSUFFICIENT: ({ options }) => claimName(options.roles, 'its roles'),
}

export function whereToSee({ code }: ResourceServerError, { settings }: Given): string | undefined {
  const compared = COMPARED[code]
  return compared && `See ${compared(settings)} by: npx express-resource-server decode`
}

function audienceClaim({ options }: Settings): string {
  const { issuer } = options
  return claimName(isObject(issuer) ? own(issuer, 'audienceClaim') : undefined, '`aud`')
}

function claimName(source: unknown, otherwise: string): string {
  return typeof source === 'string' ? `\`${source}\`` : source === undefined ? otherwise : 'its claims'
}

export function wrappingAdvice(wrappings: readonly Wrapping[]): readonly string[] {
  return wrappings.map((wrapping) => BY_WRAPPING[wrapping])
}

export function adviceFor({ code, hint }: ResourceServerError, given: Given): readonly string[] {
  const advise = [hint === undefined ? undefined : BY_HINT[hint], BY_CODE[code]]
  return advise.flatMap((each) => each?.(given) ?? [])
}

function toggleSlash(text: string): string {
  return text.endsWith('/') ? text.slice(0, -1) : `${text}/`
}

function toggleScheme(text: string): string {
  return text.startsWith('http:') ? text.replace('http:', 'https:') : text.replace('https:', 'http:')
}

function toggleAppId(text: string): string {
  return text.startsWith('api://') ? text.slice('api://'.length) : `api://${text}`
}

/** Only where it is clear which of several is meant. */
function write(
  option: string,
  values: readonly string[],
  change: (text: string) => string,
): string | undefined {
  const [only, ...others] = values
  return only === undefined || others.length > 0 ? undefined : `Write: ${option}: ${quoted(change(only))}`
}

/** Options of a preset take precedence over those beside it. */
export function inItsPlace(text: string, { args: { preset } }: Given): string {
  return preset === undefined ? text : `issuer: { ...${preset.name}({ … }), ${text} }`
}

function writeOption(text: string, given: Given): string {
  return `Write: ${inItsPlace(text, given)}`
}

function pathAdvice(given: Given): string {
  const { options } = given.settings
  const claims = [options.roles, options.scopes].find((each) => each !== undefined)
  const names =
    typeof claims === 'string'
      ? claims.split('.')
      : Array.isArray(claims)
        ? claims
        : ['realm_access', 'roles']
  const list = names.map((name) => `'${String(name)}'`).join(', ')
  const option = options.roles === undefined ? 'scopes' : 'roles'
  return `${writeOption(`${option}: { path: [${list}] }`, given)}. Here: --${option}-from '{"path":[${list.replaceAll("'", '"')}]}'`
}

/** Names of members of `cnf` are no values of claims. */
function confirmationAdvice({ token }: Given): string | undefined {
  const claims = claimsOf(token)
  const cnf = claims && own(claims, 'cnf')
  if (!isObject(cnf)) return undefined
  if (Object.hasOwn(cnf, 'jkt'))
    return "The token is bound for DPoP. Write: confirmation: dpop({ publicUrl }), from 'express-resource-server/dpop'"
  if (Object.hasOwn(cnf, 'x5t#S256'))
    return "The token is bound to a certificate. Write: confirmation: mtls(), from 'express-resource-server/mtls'"
  return undefined
}

/** Names of claims that are required, not what is in the token. */
function missingAdvice({ token, settings }: Given): string | undefined {
  const claims = claimsOf(token)
  if (claims === undefined) return undefined
  const strict = settings.options.profile === 'at+jwt' ? ['aud', 'sub', 'client_id', 'iat', 'jti'] : []
  const missing = ['exp', ...strict].filter((name) => !Object.hasOwn(claims, name))
  return missing.length === 0 ? undefined : `Missing: ${missing.join(', ')}`
}
