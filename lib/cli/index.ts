/** The program `express-resource-server`: the process, as commands see it. */
import { createRequire } from 'node:module'
import path from 'node:path'
import { main } from './main.js'

const { stdin, stdout, stderr } = process
// Standard output is for the command. What an imported application prints would break its JSON.
const write = stdout.write.bind(stdout)
stdout.write = stderr.write.bind(stderr)
Reflect.defineProperty(process, 'stdout', { configurable: true, enumerable: true, value: stderr })
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
const code = await main(process.argv.slice(2), {
  stdin,
  stdout: { isTTY: stdout.isTTY, write, hasColors: () => stdout.isTTY && stdout.hasColors() },
  stderr,
  version,
  packageFolder: path.dirname(manifestFile),
  cwd: process.cwd(),
  signal: stopped.signal,
})
// An imported application may end the process before that, with a code of its own.
process.on('exit', (ended) => {
  process.exitCode = Math.max(ended, code)
})
// An imported application may keep connections open. What was written before arrives first.
write('', (error) => {
  if (!error) process.exit()
})
