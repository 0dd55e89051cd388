/**
 * A child process: for each issuer it receives, it fetches the keys and replies `ready` or the
 * error's code.
 */
import { resourceServer } from 'express-resource-server'
import { AUDIENCE } from './key-server.js'

process.on('message', (issuer: string) => {
  const api = resourceServer({ issuer, audience: AUDIENCE })
  api.ready().then(
    () => reply('ready'),
    (error: unknown) => reply((error as { code: string }).code),
  )
  // A later server may be on the same port, and must not find the keys of this one.
  const reply = (answer: string): void => {
    api.close()
    process.send?.(answer)
  }
})
process.on('disconnect', () => process.exit())
