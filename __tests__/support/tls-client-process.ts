/**
 * A child process: for each issuer it receives, it fetches the keys and replies `ready` or the
 * error's code.
 */
import { resourceServer } from 'express-resource-server'
import { AUDIENCE } from './key-server.js'

process.on('message', (issuer: string) => {
  const api = resourceServer({ issuer, audience: AUDIENCE })
  api.ready().then(
    () => process.send?.('ready'),
    (error: unknown) => process.send?.((error as { code: string }).code),
  )
})
process.on('disconnect', () => process.exit())
