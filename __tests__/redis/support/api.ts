/** APIs in processes of their own that share Redis, and a client that sends them proofs made by jose. */
import { fork } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { createTestIssuer } from 'express-resource-server/testing'
import type { Kind } from './clients.js'
import { age, until } from './redis-server.js'
import type { RedisServer } from './redis-server.js'
import { childScript } from '../../support/child-scripts.js'

export interface ApiSettings {
  readonly kind: Kind
  /** One: a server alone. Several: a cluster. */
  readonly ports: readonly number[]
  readonly server: { readonly issuer: never; readonly audience: string }
  readonly timeoutMs: number
  readonly nonceSecret?: string | undefined
}

export interface Reply {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly nonce: string | undefined
  /** The error in the challenge or the body. */
  readonly error: string | undefined
}

export interface Api {
  send(proof: string): Promise<Reply>
  /** Ends it. Throws if it ended before, as by an unhandled rejection. */
  end(): Promise<void>
}

const issuer = createTestIssuer()

/** A busy machine is not a slow Redis: only tests of slowness wait for less. */
const PATIENT_MS = 30_000

type Choices = Pick<ApiSettings, 'kind' | 'ports' | 'nonceSecret'> & { readonly timeoutMs?: number }

export async function startApi(choices: Choices): Promise<Api> {
  const settings = { timeoutMs: PATIENT_MS, ...choices, server: issuer.options }
  const child = fork(childScript('redis/support/api-process.ts'), [JSON.stringify(settings)], {
    execArgv: ['--unhandled-rejections=strict'],
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let output = ''
  child.stderr?.on('data', (chunk) => (output += String(chunk)))
  const exit = once(child, 'exit')
  const failure = exit.then(() => Promise.reject(new Error(`The API ended:\n${output}`)))
  failure.catch(() => undefined)
  const [port] = await Promise.race([once(child, 'message'), failure])
  const agent = new Agent({ keepAlive: true })
  return {
    send: (proof) =>
      ask(Number(port), agent, { authorization: `DPoP ${tokenOf.get(proof) ?? ''}`, dpop: proof }),
    async end() {
      agent.destroy()
      if (child.exitCode !== null) await failure
      child.disconnect()
      await exit
    },
  }
}

function ask(port: number, agent: Agent, headers: Record<string, string>): Promise<Reply> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/r', agent, headers }, (answer) => {
      const challenge = answer.headers['www-authenticate'] ?? ''
      answer.resume()
      answer.once('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          retryAfter: answer.headers['retry-after'],
          nonce: answer.headers['dpop-nonce'] as string | undefined,
          error: /DPoP [^]*error="(\w+)"/.exec(challenge)?.[1],
        }),
      )
    }).once('error', reject)
  })
}

async function makeClient() {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwk = await exportJWK(publicKey)
  const jkt = await calculateJwkThumbprint(jwk)
  const token = await issuer.token({ cnf: { jkt }, exp: Math.floor(Date.now() / 1000) + 7200 })
  return { privateKey, jwk, token, ath: createHash('sha256').update(token).digest('base64url') }
}

/** Enough that each tag has the proofs of some. */
const clients = Promise.all(Array.from({ length: 64 }, makeClient))
const tokenOf = new Map<string, string>()
let turn = 0

/** A proof for the only route, by the client with this number, or by each of them in turn. */
export async function makeProof({ by = turn++, nonce }: { by?: number; nonce?: string | undefined } = {}) {
  const all = await clients
  const { privateKey, jwk, token, ath } = all[by % all.length]!
  const iat = Math.floor(Date.now() / 1000)
  const proof = await new SignJWT({
    ...{ jti: randomUUID(), htm: 'GET', htu: 'https://api.example/r', ath, iat },
    ...(nonce !== undefined && { nonce }),
  })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
    .sign(privateKey)
  tokenOf.set(proof, token)
  return proof
}

export const makeProofs = (count: number): Promise<readonly string[]> =>
  Promise.all(Array.from({ length: count }, () => makeProof()))

/** Until no API refuses a new proof for the youth of the store, whichever tag its key has. */
export async function growUp(apis: readonly Api[], nodes: readonly RedisServer[]): Promise<void> {
  const [first] = apis
  await until(async () => {
    for (const proof of await makeProofs(32)) await first?.send(proof)
    if ((await age(...nodes)) < 16) return false
    const answers = await Promise.all(apis.map(async (api) => api.send(await makeProof())))
    return answers.every(({ status }) => status === 200)
  })
}
