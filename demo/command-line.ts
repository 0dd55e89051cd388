/** The options of both commands, and how a failure to start is told. */
import { AssertionError } from 'node:assert'
import { parseArgs } from 'node:util'
import type { Ports } from './start.js'

export function readPorts(): Ports {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '3000' },
      'issuer-port': { type: 'string', default: '4000' },
    },
  })
  return { port: parsePort(values.port), issuerPort: parsePort(values['issuer-port']) }
}

function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text)
  throw new RangeError(`A port is a number from 0 to 65535, not "${text}".`)
}

/** One line for what the user can mend, the whole error for what only we can. */
export function reportFailure(error: unknown): void {
  process.exitCode = 1
  console.error(toMessage(error) ?? error)
}

function toMessage(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, port } = error as NodeJS.ErrnoException & { port?: number }
  if (code === 'EADDRINUSE') return `Port ${port} is in use. Choose others with --port and --issuer-port.`
  const isPlain = error instanceof RangeError || error instanceof AssertionError
  return isPlain || code?.startsWith('ERR_PARSE_ARGS') ? error.message : undefined
}
