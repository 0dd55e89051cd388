/** `check`: whether an issuer publishes what a resource server needs, and what to write if not. */
import { ConfigurationError, resourceServer, ResourceServerError } from '../../index.js'
import { UsageError } from '../command.js'
import type { Arguments, Command, ExitCode, Surroundings } from '../command.js'

const HELP = `
Usage: npx express-resource-server check --issuer <url> [options]
`

export const check: Command = {
  name: 'check',
  summary: 'say whether an issuer can be used, and what to write if not',
  help: HELP,
  options: {
    issuer: { type: 'string' },
    audience: { type: 'string', multiple: true },
    json: { type: 'boolean' },
  },
  maxPositionals: 0,
  run: checkIssuer,
}

async function checkIssuer(args: Arguments, { stdout }: Surroundings): Promise<ExitCode> {
  const issuer = args.string('issuer')
  if (issuer === undefined) throw new UsageError('check needs --issuer <url>')
  try {
    const server = resourceServer({ issuer, audience: args.strings('audience') })
    await server.ready()
    server.close()
    stdout.write('good\n')
    return 0
  } catch (thrown) {
    if (!(thrown instanceof ResourceServerError || thrown instanceof ConfigurationError)) throw thrown
    stdout.write(`${thrown.code}: ${thrown.detail}\n`)
    return 1
  }
}
