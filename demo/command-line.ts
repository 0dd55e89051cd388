/** The options of the commands, and how a failure to start is told. */
import { parseArgs } from 'node:util'
import type { Ports } from './start.js'

export function readPorts(): Ports {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '3000' },
      'issuer-port': { type: 'string', default: '4000' },
      'page-port': { type: 'string', default: '3030' },
    },
  })
  return {
    port: parsePort(values.port),
    issuerPort: parsePort(values['issuer-port']),
    pagePort: parsePort(values['page-port']),
  }
}

function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text)
  const error = new TypeError(`A port is a number from 0 to 65535, not "${text}".`)
  throw Object.assign(error, { code: 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE' })
}

/** One line for what the user can mend, the whole error for what only we can. */
export function reportFailure(error: unknown): void {
  process.exitCode = 1
  console.error(toMessage(error) ?? error)
}

function toMessage(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, port } = error as NodeJS.ErrnoException & { port?: number }
  if (code === 'EADDRINUSE' || code === 'EACCES') {
    const why = code === 'EACCES' ? 'is not open to you' : 'is in use'
    return `Port ${port} ${why}. Choose others with --port, --issuer-port and --page-port.`
  }
  const isPlain = code === 'ERR_ASSERTION' || code?.startsWith('ERR_PARSE_ARGS')
  return isPlain ? error.message : undefined
}
