/** `decode`: what a token says, without any check. RFC 7519 §3, RFC 7516 §3. */
import { formatHint } from '../../core/errors/hints.js'
import type { Arguments, Command, ExitCode, Surroundings } from '../command.js'
import { painter } from '../paint.js'
import type { Paint } from '../paint.js'
import { jsonText, printable } from '../printable.js'
import { readToken, TOKEN_OPTIONS } from '../token-input.js'
import type { Wrapping } from '../unwrap.js'
import { literalOf, problemOf, readPart, unmarked } from './part.js'
import type { Part } from './part.js'
import { inWords } from './times.js'

const HELP = `
Usage: npx express-resource-server decode [-] [options]

Prints the header and the claims of a JWT, with times in words. Reads the token from standard
input, or asks for it. Verifies nothing: anybody can write such a token. For a verdict, use explain.

  --token-file <path>  a file with the token, instead of standard input
  --json               one JSON object instead of text

Exit codes: 0 the token can be read, 1 it cannot, 2 wrong usage.
`

export const decode: Command = {
  name: 'decode',
  summary: 'print the header and the claims of a token, without verifying it',
  help: HELP,
  options: { ...TOKEN_OPTIONS, json: { type: 'boolean' } },
  maxPositionals: 1,
  run: runDecode,
}

interface Decoded {
  readonly kind:
    | 'JWT'
    | 'unsigned'
    | 'encrypted'
    | 'opaque'
    | 'broken'
    | 'refused_json'
    | 'not_utf8'
    | 'error_answer'
    | 'not_a_token'
    | 'nothing'
  readonly header?: Part | undefined
  readonly claims?: Part | undefined
}

const VERDICTS: Readonly<Record<Decoded['kind'], string>> = {
  JWT: 'Nothing is verified: anybody can write this. For a verdict, use explain.',
  encrypted: 'The token is encrypted (JWE): only its header can be read. Nothing is verified.',
  unsigned:
    'The token is not signed, or was cut off: it has not the three parts of a JWT. Every server refuses it.',
  opaque:
    'The token is opaque: only its issuer knows what it means. The client probably did not name the API when it requested the token (audience, resource or scope). Otherwise, ask the issuer by introspection, if it has that.',
  broken: 'The token has the dots of a JWT, but its parts are not base64url with JSON inside.',
  refused_json:
    'The token has JSON that no token may have: a member name is there twice, it has half of a surrogate pair, or it is too deep or too large. Nothing of it is shown.',
  not_utf8: 'The token has JSON that is not in UTF-8, which no token may have. Nothing of it is shown.',
  error_answer:
    'This is no token, but the answer of a token endpoint that refuses one. Its member `error` says why.',
  not_a_token: 'This is no token: it has characters that no token has. Nothing of it is shown.',
  nothing: 'No token was given.',
}

const UNREADABLE: ReadonlySet<Decoded['kind']> = new Set<Decoded['kind']>([
  'broken',
  'refused_json',
  'not_utf8',
  'error_answer',
  'not_a_token',
  'nothing',
])

/** RFC 6750 §2.1. */
const TOKEN_CHARACTERS = /^[\w.~+/=-]+$/
const SPACED: readonly Wrapping[] = ['spaces', 'line_breaks']

async function runDecode(args: Arguments, surroundings: Surroundings): Promise<ExitCode> {
  const { stdout, version } = surroundings
  const { token, wrappings } = await readToken(args, surroundings)
  const read: Decoded = wrappings.includes('json_error') ? { kind: 'error_answer' } : decodeToken(token)
  // Only a JWT can still be told from a sentence when its white space is gone.
  const isText = read.kind === 'opaque' && SPACED.some((each) => wrappings.includes(each))
  const decoded: Decoded = isText ? { kind: 'not_a_token' } : read
  const { kind, header, claims } = decoded
  if (args.flag('json')) {
    const parts = { header: header?.marked, claims: claims?.marked }
    stdout.write(unmarked(jsonText({ command: 'decode', version, kind, isVerified: false, ...parts })))
  } else {
    stdout.write(`${textOf(decoded, painter(stdout)).join('\n')}\n`)
  }
  return UNREADABLE.has(kind) ? 1 : 0
}

function decodeToken(token: string): Decoded {
  if (token === '') return { kind: 'nothing' }
  if (!TOKEN_CHARACTERS.test(token)) return { kind: 'not_a_token' }
  const [first = '', second = '', ...others] = token.split('.')
  const header = readPart(first)
  if (others.length === 3 && header !== undefined && Object.hasOwn(header.members, 'enc'))
    return { kind: 'encrypted', header }
  const claims = readPart(second)
  if (others.length !== 1)
    return formatHint(token) === 'unsigned_token' ? { kind: 'unsigned', header, claims } : { kind: 'opaque' }
  return header && claims ? { kind: 'JWT', header, claims } : { kind: unreadable([first, second]) }
}

function unreadable(parts: readonly string[]): Decoded['kind'] {
  const problems = parts.map(problemOf)
  return (['broken', 'not_utf8'] as const).find((each) => problems.includes(each)) ?? 'refused_json'
}

function textOf({ kind, header, claims }: Decoded, paint: Paint): readonly string[] {
  const now = Date.now() / 1000
  return [
    ...sectionOf('Header', header, paint, () => ''),
    ...sectionOf('Claims', claims, paint, (name, value) => inWords(name, value, now)),
    paint('yellow', VERDICTS[kind]),
  ]
}

function sectionOf(
  title: string,
  part: Part | undefined,
  paint: Paint,
  comment: (name: string, value: unknown) => string,
): readonly string[] {
  if (part === undefined) return []
  const names = Object.keys(part.members).map(printable)
  const width = Math.max(0, ...names.map((name) => name.length))
  const lines = Object.entries(part.members).map(([name, value]) => {
    const words = comment(name, value)
    return `  ${printable(name).padEnd(width)}  ${printable(literalOf(part, name))}${words === '' ? '' : `  ${paint('dim', words)}`}`
  })
  return [paint('bold', title), ...lines, '']
}
