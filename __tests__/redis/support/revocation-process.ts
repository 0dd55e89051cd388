/** An API that asks Redis for revocations, in a process of its own. It revokes what its parent tells it to. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { resourceServer } from '../../../lib/index.js'
import { redisStores } from '../../../lib/redis/index.js'
import { revocation } from '../../../lib/revocation/index.js'
import { connect } from './clients.js'
import type { RevocationApiSettings } from './revocation-api.js'

const { kind, ports, server, timeoutMs } = JSON.parse(process.argv[2] ?? '') as RevocationApiSettings
const { client } = await connect(kind, ports)
const { revocations } = redisStores(client, { timeoutMs })
const app = express()
app.use(resourceServer({ ...server, revocation: revocation(revocations) }))
app.get('/r', (_req, res) => void res.end())
const listening = app.listen(0, '127.0.0.1')
await once(listening, 'listening')
listening.keepAliveTimeout = 0
process.once('disconnect', () => process.exit(0))
process.on('message', ({ id, entry }: { id: number; entry: Parameters<typeof revocations.revoke>[0] }) => {
  revocations.revoke(entry).then(
    () => process.send?.({ id }),
    (error: unknown) => process.send?.({ id, error: String(error) }),
  )
})
process.send?.((listening.address() as AddressInfo).port)
