/**
 * A child process that must end by itself: it serves, fails in many ways, leaves flights and
 * callers behind, and never calls close(). An unhandled rejection would make it exit with 1.
 */
import { faults, KeyServer } from './key-server.js'
import { AUDIENCE } from './key-server.js'
import { resourceServer } from '../../lib/index.js'

const keyServer = await KeyServer.listen()
const keys = {
  ttlSeconds: 2,
  staleSeconds: 1,
  cooldownSeconds: 1,
  attemptTimeoutMs: 1000,
  flightTimeoutMs: 1000,
}
const api = resourceServer({ issuer: keyServer.issuer, audience: AUDIENCE, keys })

// On a busy machine, the first good answer may take longer than the time-outs for the bad ones.
while (!(await succeeds(api.ready()))) await new Promise((resolve) => setTimeout(resolve, 100))
await api.verify(keyServer.token())
for (const fault of [
  faults.reset,
  faults.garbage,
  faults.hang,
  faults.hangInBody,
  faults.endless,
  faults.gzipBomb,
]) {
  keyServer.answer = fault
  keyServer.metadata = fault
  api.purge()
  // Deliberately not awaited, like those below.
  api.verify(keyServer.token()).catch(() => undefined)
  const abort = new AbortController()
  api.verify(keyServer.token(), { signal: abort.signal }).catch(() => undefined)
  abort.abort()
  await api.refresh().catch(() => undefined)
}
const discarded = resourceServer({
  issuer: keyServer.issuer,
  audience: AUDIENCE,
  keys: { ...keys, maxKeys: 7 },
})
discarded.verify(keyServer.token()).catch(() => undefined)
discarded.close()
await keyServer.close()
process.stdout.write('done\n')

function succeeds(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => true,
    () => false,
  )
}
