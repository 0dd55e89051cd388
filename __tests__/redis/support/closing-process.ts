/** Uses revocations, closes its client, and should then end by itself. Prints what it found. */
import { setTimeout as sleep } from 'node:timers/promises'
import { redisStores } from '../../../lib/redis/index.js'
import { connect } from './clients.js'
import type { Kind } from './clients.js'

const [kind, port] = process.argv.slice(2)
const { client, close } = await connect(kind as Kind, [Number(port)])
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
close()
