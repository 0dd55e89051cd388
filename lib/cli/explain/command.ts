/** `explain`: runs the real resource server on a token, and says which step refuses it and why. */
import { UsageError } from '../command.js'
import type { Arguments, Command, ExitCode, OptionConfig, Surroundings } from '../command.js'
import { ConfigurationError } from '../../index.js'
import { painter } from '../paint.js'
import { jsonText } from '../printable.js'
import { hasOwnAudience } from '../provider/preset.js'
import {
  readIssuerArguments,
  readNumber,
  SERVER_OPTIONS,
  SERVER_OPTIONS_HELP,
  toServerOptions,
} from '../server-options.js'
import type { IssuerArguments } from '../server-options.js'
import { spinning } from '../spinner.js'
import { readToken, TOKEN_OPTIONS } from '../token-input.js'
import { readErrorPage } from './error-page.js'
import { explainToken } from './explanation.js'
import { explanationLines } from './lines.js'
import { flatOptions, replaced, withAudienceClaim } from './options.js'
import type { Settings } from './settings.js'

const HELP = `
Usage: npx express-resource-server explain [-] --issuer <url> --audience <id> [options]
       npx express-resource-server explain [-] --provider <name> --with <word>=<value> [options]

Runs the real resource server on a token, shows each step, and says which one refuses it, why,
and what to change. The token comes from standard input, a file or a hidden prompt, never from an
argument. It is not printed, nor are values of its claims.

${SERVER_OPTIONS_HELP}
  --scope <scope>        what the route requires; may be repeated, or "a b"
  --role <role>          what the route requires; may be repeated
  --algorithms <names>   as in resourceServer: RS256,ES256
  --profile <name>       as in resourceServer: jwt or at+jwt
  --scopes-from <claim>  as scopes in resourceServer: a claim, or JSON such as {"path":["a","b"]}
  --roles-from <claim>   as roles in resourceServer: a claim, or JSON
  --audience-claim <claim>
  --clock-tolerance-seconds <number>
  --token-file <file>    reads the token from a file

Exit codes: 0 accepted, 1 refused, 2 wrong usage.
`

const OPTIONS: Readonly<Record<string, OptionConfig>> = {
  ...SERVER_OPTIONS,
  ...TOKEN_OPTIONS,
  scope: { type: 'string', multiple: true },
  role: { type: 'string', multiple: true },
  algorithms: { type: 'string' },
  profile: { type: 'string' },
  'scopes-from': { type: 'string' },
  'roles-from': { type: 'string' },
  'audience-claim': { type: 'string' },
  'clock-tolerance-seconds': { type: 'string' },
}

export const explain: Command = {
  name: 'explain',
  summary: 'say why a token is refused, and what to change',
  help: HELP,
  options: OPTIONS,
  maxPositionals: 1,
  run: runExplain,
}

async function runExplain(args: Arguments, surroundings: Surroundings): Promise<ExitCode> {
  const { stdout, stderr, version, packageFolder } = surroundings
  const issuer = readIssuerArguments(args)
  if (issuer.audience.length === 0 && needsAudience(issuer))
    throw new UsageError(
      '--audience is missing: the identifier of your API, as in resourceServer({ audience })',
    )
  const settings = readSettings(args, issuer)
  const input = await readToken(args, surroundings)
  const page = await readErrorPage(packageFolder)
  const work = { input, issuer, settings, page }
  const explanation = await spinning(stderr, 'asking the issuer', () => explainToken(work))
  if (args.flag('json')) {
    stdout.write(jsonText({ command: 'explain', version, ...explanation }))
  } else {
    const lines = explanationLines(explanation, painter(stdout))
    stdout.write(`${[`express-resource-server ${version} explain`, '', ...lines].join('\n')}\n`)
  }
  return explanation.isAccepted ? 0 : 1
}

function readSettings(args: Arguments, issuer: IssuerArguments): Settings {
  const algorithms = args.string('algorithms')?.split(',')
  const profile = args.string('profile')
  const tolerance = readNumber(args, 'clock-tolerance-seconds', { min: 0, max: 300 })
  const given = {
    algorithms,
    profile,
    scopes: readSource(args, 'scopes-from'),
    roles: readSource(args, 'roles-from'),
    clockToleranceSeconds: tolerance,
  }
  const refused = refusalOf(issuer)
  const options = refused === undefined ? flatOptions(toServerOptions(issuer)) : { issuer: '', audience: '' }
  return {
    refused,
    // What they may be is for resourceServer to say.
    options: withAudienceClaim(replaced(options, given), args.string('audience-claim')),
    // Text without a scope is left for requireScopes to refuse: a variable is probably not set.
    scopes: args.strings('scope').flatMap((each) => each.trim().split(/\s+/)),
    roles: args.strings('role'),
  }
}

/** A preset that refuses its words does not tell whether it has an audience. */
function needsAudience({ preset }: IssuerArguments): boolean {
  return preset === undefined || !(preset.made instanceof ConfigurationError || hasOwnAudience(preset))
}

function refusalOf({ preset }: IssuerArguments): ConfigurationError | undefined {
  return preset?.made instanceof ConfigurationError ? preset.made : undefined
}

function readSource(args: Arguments, name: string): unknown {
  const text = args.string(name)
  if (text === undefined || !/^[[{]/.test(text)) return text
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new UsageError(
      `--${name} begins like JSON, but is none: write a claim's name, or {"path":["a","b"]}`,
    )
  }
}
