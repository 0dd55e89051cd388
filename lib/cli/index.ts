/** The program `express-resource-server`: the only place that touches the process. */
import { createRequire } from 'node:module'
import path from 'node:path'
import { main } from './main.js'

const { stdin, stdout, stderr } = process
const stopped = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    stopped.abort()
  })

// Whoever reads the output may leave first, as `head` does. A full disk must not look like success.
stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit()
  stderr.write(`The output cannot be written: ${String(code)}\n`)
  process.exit(2)
})
stderr.on('error', () => undefined)

const require = createRequire(import.meta.url)
const manifestFile = require.resolve('express-resource-server/package.json')
const manifest: unknown = require(manifestFile)
const { version } = manifest as { readonly version: string }
process.exitCode = await main(process.argv.slice(2), {
  stdin,
  stdout,
  stderr,
  version,
  packageFolder: path.dirname(manifestFile),
  cwd: process.cwd(),
  signal: stopped.signal,
})
// An imported application may keep connections open. What was written before arrives first.
stdout.write('', (error) => {
  if (!error) process.exit()
})
