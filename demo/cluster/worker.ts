/** One of several processes behind one port. Only Redis is shared between them. */
import express from 'express'
import { createClient } from 'redis'
import { resourceServer } from 'express-resource-server'
import { dpop } from 'express-resource-server/dpop'
import { redisStores } from 'express-resource-server/redis'
import { AUDIENCE, PUBLIC_URL } from './names.js'

export async function serve(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const { REDIS_URL = '', ISSUER = '', NONCE_SECRET = '', PORT } = env
  const client = createClient({ url: REDIS_URL })
  client.on('error', (error) => console.error(error))
  await client.connect()
  const { replay } = redisStores(client, { timeoutMs: 5000 })

  const app = express()
  app.use((_req, res, next) => {
    res.set('x-worker', String(process.pid))
    next()
  })
  app.use(
    resourceServer({
      issuer: ISSUER,
      audience: AUDIENCE,
      confirmation: dpop({ publicUrl: PUBLIC_URL, replay, nonce: { secret: NONCE_SECRET } }),
    }),
  )
  app.get('/orders', (req, res) => void res.json({ hello: req.auth?.subject }))
  app.listen(Number(PORT), '127.0.0.1')
}
