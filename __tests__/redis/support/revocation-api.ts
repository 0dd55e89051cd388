/** APIs in processes of their own that share revocations in Redis. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { createTestIssuer } from 'express-resource-server/testing'
import type { Revocation } from 'express-resource-server/redis'
import type { Kind } from './clients.js'
import { childScript } from '../../support/child-scripts.js'

export const issuer = createTestIssuer()

export interface RevocationApiSettings {
  readonly kind: Kind
  readonly ports: readonly number[]
  readonly server: { readonly issuer: never; readonly audience: string }
  readonly timeoutMs: number
}

export interface RevocationApi {
  /** Sends a token. The status of the answer. */
  send(token: string): Promise<number>
  /** Rejects with what the store rejected with. */
  revoke(entry: Revocation): Promise<void>
  /** Throws if it ended before, as by an unhandled rejection. */
  end(): Promise<void>
}

export async function startRevocationApi(
  choices: Pick<RevocationApiSettings, 'kind' | 'ports'> & { readonly timeoutMs?: number },
): Promise<RevocationApi> {
  const settings = { timeoutMs: 30_000, ...choices, server: issuer.options }
  const child = fork(childScript('redis/support/revocation-process.ts'), [JSON.stringify(settings)], {
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
  let id = 0
  return {
    send: (token) => ask(Number(port), agent, { authorization: `Bearer ${token}` }),
    revoke: (entry) =>
      new Promise((resolve, reject) => {
        const own = ++id
        const listen = (answer: { readonly id: number; readonly error?: string }) => {
          if (answer.id !== own) return
          child.off('message', listen)
          if (answer.error === undefined) resolve()
          else reject(new Error(answer.error))
        }
        child.on('message', listen)
        child.send({ id: own, entry })
      }),
    async end() {
      agent.destroy()
      if (child.exitCode !== null) await failure
      child.disconnect()
      await exit
    },
  }
}

function ask(port: number, agent: Agent, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/r', agent, headers }, (answer) => {
      answer.resume()
      answer.once('end', () => resolve(answer.statusCode ?? 0))
    }).once('error', reject)
  })
}
