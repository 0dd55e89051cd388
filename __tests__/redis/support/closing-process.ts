/** Uses revocations, closes its client, and should then end by itself. Prints what it found. */
import { setTimeout as sleep } from 'node:timers/promises'
import { redisStores } from '../../../lib/redis/index.js'
import { connect } from './clients.js'
import type { Kind } from './clients.js'

const [kind, ports = '', when] = process.argv.slice(2)
const { client, close } = await connect(kind as Kind, ports.split(',').map(Number))
const { revocations } = redisStores(client, { timeoutMs: 30_000 })
const token = Object.freeze({ issuer: 'https://issuer.test', jti: 'x' })
let answer = revocations.isRevoked(token)
// At first it asks Redis. It answers at once when it knows that it hears everything.
while (answer instanceof Promise) {
  await answer
  await sleep(50)
  answer = revocations.isRevoked(token)
}
process.stdout.write(`at once: ${String(answer)}`)
// The reader ends Redis.
while (when === 'away' && isReady(client)) await sleep(20)
close()

function isReady(of: object): boolean {
  const { status, isReady } = of as { status?: string; isReady?: boolean }
  return status === undefined ? isReady === true : status === 'ready'
}
