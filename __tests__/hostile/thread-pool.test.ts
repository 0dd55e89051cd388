/** A flood of forged signatures whose checks need a thread. */
import { lookup } from 'node:dns/promises'
import { stat } from 'node:fs/promises'
import { resourceServer } from 'express-resource-server'
import { claims, encode, header, options, publicJwk, rawToken, trusting } from '../support/tokens.js'

/** Takes half a second, so that a busy machine has time for the threads in between. */
const FLOOD = 1000

test('Forged tokens in flight leave threads free for files and DNS', async () => {
  const api = resourceServer(options(trusting(publicJwk('ES512'))))
  const [, , signature = ''] = rawToken({ algorithm: 'ES512' }).split('.')
  const head = encode(header({ alg: 'ES512', kid: 'es512' }))
  let refused = 0
  const flood = Array.from({ length: FLOOD }, (_, i) =>
    api.verify(`${head}.${encode(claims({ jti: `${i}` }))}.${signature}`).catch(() => {
      refused++
    }),
  )
  // Without a bound, these would wait for the whole flood.
  await Promise.all([stat(__filename), lookup('localhost')])
  expect(refused).toBeLessThan(FLOOD / 2)
  await Promise.all(flood)
  expect(refused).toBe(FLOOD)
})
