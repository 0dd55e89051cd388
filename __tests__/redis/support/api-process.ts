/** An API that accepts DPoP, in a process of its own. It ends with its parent, or on an unhandled rejection. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { resourceServer } from '../../../lib/index.js'
import { dpop } from '../../../lib/dpop/index.js'
import { redisStores } from '../../../lib/redis/index.js'
import { connect } from './clients.js'
import type { ApiSettings } from './api.js'

const { kind, ports, server, timeoutMs, nonceSecret } = JSON.parse(process.argv[2] ?? '') as ApiSettings
const { client } = await connect(kind, ports)
const nonce = nonceSecret === undefined ? undefined : { secret: nonceSecret }
const { replay } = redisStores(client, { timeoutMs })
const app = express()
app.use(
  resourceServer({
    ...server,
    confirmation: dpop({ publicUrl: 'https://api.example', replay, nonce }),
  }),
)
app.get('/r', (req, res) => void res.json(req.auth?.scheme))
const listening = app.listen(0, '127.0.0.1')
await once(listening, 'listening')
// A test may take a while between two requests on one connection.
listening.keepAliveTimeout = 0
process.once('disconnect', () => process.exit(0))
process.send?.((listening.address() as AddressInfo).port)
