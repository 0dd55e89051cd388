/** The program `express-resource-server`: the only place that touches the process. */
import { createRequire } from 'node:module'
import { main } from './main.js'

const stopped = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    stopped.abort()
  })

const manifest: unknown = createRequire(import.meta.url)('express-resource-server/package.json')
const { version } = manifest as { readonly version: string }
const { stdin, stdout, stderr } = process
process.exitCode = await main(process.argv.slice(2), {
  stdin,
  stdout,
  stderr,
  version,
  cwd: process.cwd(),
  signal: stopped.signal,
})
// An imported application may keep connections open. What was written before arrives first.
stdout.write('', () => process.exit())
