/** `serve`: the test issuer on loopback, so that a developer without an account has tokens. */
import { randomBytes } from 'node:crypto'
import { createTestIssuer } from '../../testing/index.js'
import type { TestIssuer, TestIssuerServer, TestListenOptions } from '../../testing/index.js'
import { isScopeToken } from '../../core/access/scopes.js'
import { isObject } from '../../core/base/own.js'
import type { JsonObject } from '../../core/base/own.js'
import { UsageError } from '../command.js'
import type { Arguments, Command, ExitCode, Surroundings } from '../command.js'
import { painter } from '../paint.js'
import type { Paint } from '../paint.js'
import { jsonText, quoted } from '../printable.js'
import { readNumber } from '../server-options.js'
import { asClaims, readClaims, scopeOf } from './claims.js'

const HELP = `
Usage: npx express-resource-server serve [options]

Starts an issuer for local development on 127.0.0.1: discovery, keys and a token endpoint. Prints
what to write in your application, a token, and a request. Ends on Ctrl-C. The keys are new each
time: older tokens are refused then. Gives tokens to everybody on this machine who asks: never trust
it in production.

  --port <number>    0 for a free one. Default 9000
  --audience <id>    the identifier of your API. Default https://api.test
  --scope <value>    a scope of the token; may be repeated
  --subject <value>  sub, the user. Default user-1
  --claims <file>    a JSON object with further claims, such as {"roles":["admin"]}
  --url <url>        what the printed request is for. Default http://localhost:3000/
  --json             one JSON object instead of text
`

const DEFAULT_PORT = 9000
const DEFAULT_URL = 'http://localhost:3000/'
const LIFETIME_SECONDS = 3600
/** Claims that the printed settings and request name. */
const PRINTED: readonly string[] = ['iss', 'aud']

export const serve: Command = {
  name: 'serve',
  summary: 'start an issuer for local development, and print tokens',
  help: HELP,
  options: {
    port: { type: 'string' },
    audience: { type: 'string' },
    scope: { type: 'string', multiple: true },
    subject: { type: 'string' },
    claims: { type: 'string' },
    url: { type: 'string' },
    json: { type: 'boolean' },
  },
  maxPositionals: 0,
  isUntilStopped: true,
  run: runServe,
}

interface Running {
  readonly issuer: string
  readonly audience: string
  readonly jwksUri: string
  readonly tokenEndpoint: string
  readonly token: string
  readonly scope: string | undefined
}

async function runServe(args: Arguments, surroundings: Surroundings): Promise<ExitCode> {
  const { stdout, stderr, signal, cwd } = surroundings
  const port = readNumber(args, 'port', { min: 0, max: 65_535 }) ?? DEFAULT_PORT
  if (!Number.isInteger(port)) throw new UsageError('--port must be a whole number')
  const url = readUrl(args.string('url') ?? DEFAULT_URL)
  const audience = readAudience(args)
  const claims = await claimsOf(args, cwd)
  for (const name of PRINTED.filter((each) => Object.hasOwn(claims, each)))
    stderr.write(`note: --claims has "${name}": the token does not fit the printed settings then\n`)
  const keyName = `${randomBytes(4).toString('hex')}-`
  const testIssuer = createTestIssuer({ audience, keyName })
  const server = await listen(testIssuer, { port, claims })
  try {
    const running = await describe(claims, testIssuer, server)
    stdout.write(args.flag('json') ? jsonText(running) : textOf(running, url, painter(stdout)))
    await aborted(signal)
  } finally {
    await server.close()
  }
  return 0
}

async function listen(issuer: TestIssuer, options: TestListenOptions): Promise<TestIssuerServer> {
  try {
    return await issuer.listen(options)
  } catch (thrown) {
    const code = isObject(thrown) ? thrown['code'] : undefined
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw thrown
    const reason = code === 'EACCES' ? 'needs more rights' : 'is in use'
    throw new UsageError(`--port ${String(options.port)} ${reason}: choose another, or 0 for a free one`)
  }
}

/** Of the printed token and of those that are asked for later. */
async function claimsOf(args: Arguments, cwd: string): Promise<JsonObject> {
  const scopes = args.strings('scope')
  if (!scopes.every(isScopeToken))
    throw new UsageError('--scope must be one scope value, without spaces or quotes; repeat it for more')
  const subject = args.string('subject')
  return {
    ...(await readClaims(args.string('claims'), cwd)),
    ...(subject !== undefined && { sub: subject }),
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
  }
}

async function describe(
  claims: JsonObject,
  testIssuer: TestIssuer,
  { issuer, jwksUri }: TestIssuerServer,
): Promise<Running> {
  const exp = Math.floor(Date.now() / 1000) + LIFETIME_SECONDS
  const token = await testIssuer.token(asClaims({ ...claims, exp }))
  const scope = scopeOf(claims)
  return { issuer, audience: testIssuer.audience, jwksUri, tokenEndpoint: `${issuer}/token`, token, scope }
}

function readAudience(args: Arguments): string | undefined {
  const audience = args.string('audience')
  if (audience !== '') return audience
  throw new UsageError(
    '--audience is empty. Usually an environment variable is not set: write the identifier of your API',
  )
}

function readUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return new URL(text).href
  throw new UsageError('--url must be the URL of a route, such as http://localhost:3000/orders')
}

function textOf(
  { issuer, audience, tokenEndpoint, token, scope }: Running,
  url: string,
  paint: Paint,
): string {
  const asked = scope === undefined ? '' : ` --data-urlencode 'scope=${scope}'`
  const holds = scope === undefined ? 'without a scope' : `with the scope ${scope}`
  const lines = [
    paint('bold', `Issuer ${issuer} for ${audience}, until Ctrl-C.`),
    '',
    'In your application:',
    '',
    `  const issuer = ${quoted(issuer)}`,
    `  const audience = ${quoted(audience)}`,
    '  app.use(resourceServer({ issuer, audience }))',
    '',
    `A request to it, with a token ${holds} that is good for an hour:`,
    '',
    `  curl -i '${url.replaceAll("'", '%27')}' -H 'Authorization: Bearer ${token}'`,
    '',
    'Another token, good for 5 minutes:',
    '',
    `  curl ${tokenEndpoint} -d grant_type=client_credentials${asked}`,
  ]
  return `${lines.join('\n')}\n`
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => {
      resolve()
    })
  })
}
