/** `check`: whether an issuer publishes what a resource server needs, and what to write if not. */
import type { Arguments, Command, ExitCode, Surroundings } from '../command.js'
import { hasProblem } from '../finding.js'
import { findingLines } from '../finding-lines.js'
import { painter } from '../paint.js'
import { jsonText } from '../printable.js'
import type { Preset } from '../provider/preset.js'
import { readIssuerArguments, SERVER_OPTIONS, SERVER_OPTIONS_HELP } from '../server-options.js'
import { spinning } from '../spinner.js'
import { examine } from './examine.js'

const HELP = `
Usage: npx express-resource-server check --issuer <url> [options]
       npx express-resource-server check --provider <name> --with <word>=<value> [options]

Walks from an issuer to its keys as your application will: discovery, metadata, keys, caching
headers, clock and TLS. Says what is wrong and what to write. Needs no token.

${SERVER_OPTIONS_HELP}

Exit codes: 0 the issuer can be used, 1 a problem was found, 2 wrong usage.
`

export const check: Command = {
  name: 'check',
  summary: 'say whether an issuer can be used, and what to write if not',
  help: HELP,
  options: SERVER_OPTIONS,
  maxPositionals: 0,
  run: runCheck,
}

async function runCheck(args: Arguments, surroundings: Surroundings): Promise<ExitCode> {
  const { stdout, stderr, version } = surroundings
  const given = readIssuerArguments(args)
  const { findings, keys } = await spinning(stderr, 'asking the issuer', () => examine(given))
  const isGood = !hasProblem(findings)
  if (args.flag('json')) {
    const { issuer, preset } = given
    const about = preset && { provider: preset.name, write: isGood ? preset.line : undefined }
    stdout.write(jsonText({ command: 'check', version, issuer, ...about, isGood, findings, keys }))
  } else {
    const paint = painter(stdout)
    const verdict = isGood
      ? paint('green', 'Good: this issuer can be used.')
      : paint('red', 'Not good: see the problems above.')
    const lines = [
      `express-resource-server ${version} check`,
      '',
      ...findingLines(findings, paint),
      '',
      verdict,
      ...(isGood && given.preset !== undefined ? pasteLines(given.preset) : []),
    ]
    stdout.write(`${lines.join('\n')}\n`)
  }
  return isGood ? 0 : 1
}

function pasteLines({ name, line }: Preset): readonly string[] {
  return ['', 'Write:', '', `import { ${name} } from 'express-resource-server/providers'`, '', line]
}
