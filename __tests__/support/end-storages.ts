/**
 * Ends the asynchronous storages of earlier test files. Jest and oidc-provider make new ones for each
 * file, and in Node.js 20 every storage that was ever used slows down all promises of its process.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

const USED = Symbol.for('express-resource-server tests: used storages')

interface Recording {
  [USED]?: Set<AsyncLocalStorage<unknown>>
}

// Jest runs this for each file, but modules of Node.js live as long as the process.
const { prototype } = AsyncLocalStorage
const recording = prototype as Recording
if (recording[USED] === undefined) {
  const used = (recording[USED] = new Set())
  const { run } = prototype
  prototype.run = function runAndRecord(this: AsyncLocalStorage<unknown>, ...args: Parameters<typeof run>) {
    used.add(this)
    return Reflect.apply(run, this, args)
  } as typeof run
}
for (const storage of recording[USED]) storage.disable()
recording[USED].clear()
