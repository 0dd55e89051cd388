/** Command-line options, and the messages for a failed start. */
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
  const error = new TypeError(`Invalid port "${text}". Use a number from 0 to 65535.`)
  throw Object.assign(error, { code: 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE' })
}

/** Prints one line for an error that the user can fix, and the whole error otherwise. */
export function reportFailure(error: unknown): void {
  process.exitCode = 1
  console.error(toMessage(error) ?? error)
}

function toMessage(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, port } = error as NodeJS.ErrnoException & { port?: number }
  if (code === 'EADDRINUSE' || code === 'EACCES') {
    const why = code === 'EACCES' ? 'needs higher privileges' : 'is in use'
    return `Port ${port} ${why}. Choose another with --port, --issuer-port or --page-port.`
  }
  const isPlain = code === 'ERR_ASSERTION' || code?.startsWith('ERR_PARSE_ARGS')
  return isPlain ? error.message : undefined
}
