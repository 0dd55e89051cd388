/** `npm run demo:cluster`: two processes behind one port share Redis, so a proof is good in one of them. */
import assert from 'node:assert/strict'
import cluster from 'node:cluster'
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { createTestIssuer } from 'express-resource-server/testing'
import { AUDIENCE, PUBLIC_URL } from './cluster/names.js'
import { startRedis } from './cluster/redis.js'
import type { OwnRedis } from './cluster/redis.js'
import { serve } from './cluster/worker.js'
import { reportFailure } from './command-line.js'
import { createReport } from './report.js'

interface Reply {
  readonly worker: string
  readonly status: number
  readonly error: string
  readonly nonce: string
}

async function createClient(port: number, tokenFor: (jkt: string) => Promise<string>) {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwk = await exportJWK(publicKey)
  const token = await tokenFor(await calculateJwkThumbprint(jwk))
  const ath = createHash('sha256').update(token).digest('base64url')
  return {
    prove: (nonce?: string) =>
      new SignJWT({ jti: randomUUID(), htm: 'GET', htu: `${PUBLIC_URL}/orders`, ath, nonce })
        .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
        .setIssuedAt()
        .sign(privateKey),
    /** On a new connection, which goes to the next worker. */
    send: async (proof: string): Promise<Reply> => {
      const headers = { authorization: `DPoP ${token}`, dpop: proof, connection: 'close' }
      const answer = await fetch(`http://127.0.0.1:${String(port)}/orders`, { headers })
      await answer.arrayBuffer()
      const challenge = answer.headers.get('www-authenticate') ?? ''
      return {
        worker: answer.headers.get('x-worker') ?? '',
        status: answer.status,
        error: /error="(\w+)"/.exec(challenge)?.[1] ?? '',
        nonce: answer.headers.get('dpop-nonce') ?? '',
      }
    },
  }
}

type Client = Awaited<ReturnType<typeof createClient>>

async function tellStory({ prove, send }: Client, redis: OwnRedis): Promise<void> {
  const report = createReport()
  function tell(what: string, { worker, status, error }: Reply): void {
    console.log(`   worker ${worker}: ${what} -> ${String(status)} ${error}`.trimEnd())
  }
  async function sendWithNonce(): Promise<{ readonly proof: string; readonly worker: string }> {
    let reply = await send(await prove())
    tell('a proof without a nonce', reply)
    for (;;) {
      const proof = await prove(reply.nonce)
      reply = await send(proof)
      tell('a new proof with the nonce', reply)
      if (reply.status === 200) return { proof, worker: reply.worker }
      assert.equal(reply.error, 'use_dpop_nonce')
    }
  }

  report.step('Call the API with a proof')
  const { proof, worker } = await sendWithNonce()

  report.step('Replay the proof to another worker')
  let replayed = await send(proof)
  while (replayed.worker === worker) replayed = await send(proof)
  tell('the same proof', replayed)
  assert.deepEqual([replayed.status, replayed.error], [401, 'invalid_dpop_proof'])

  report.step('Empty Redis, and replay the proof once more')
  await redis.flush()
  const forgotten = await send(proof)
  tell('the same proof', forgotten)
  assert.deepEqual([forgotten.status, forgotten.error], [401, 'use_dpop_nonce'])

  report.step('Call the API again')
  await sendWithNonce()
}

async function main(): Promise<void> {
  const redis = await startRedis()
  const issuer = createTestIssuer({ audience: AUDIENCE })
  const server = await issuer.listen()
  try {
    const env = {
      REDIS_URL: redis.url,
      ISSUER: issuer.issuer,
      NONCE_SECRET: randomBytes(32).toString('hex'),
      PORT: '0',
    }
    const workers = [cluster.fork(env), cluster.fork(env)]
    const [[address]] = (await Promise.all(workers.map((worker) => once(worker, 'listening')))) as [
      [{ port: number }],
    ]
    console.log(`Two workers share port ${String(address.port)} and ${redis.url}`)
    const client = await createClient(address.port, (jkt) => issuer.token({ cnf: { jkt } }))
    await tellStory(client, redis)
    console.log('\nEvery response was as expected.')
  } finally {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.kill()
    await server.close()
    redis.end()
  }
}

if (cluster.isPrimary) main().catch(reportFailure)
else serve(process.env).catch(reportFailure)
