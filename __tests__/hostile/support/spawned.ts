/** Starts the API in a child process, in production mode. An unhandled rejection ends it. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { clientOf } from '../../support/http.js'
import type { Backend } from './world.js'
import { childScript } from '../../support/child-scripts.js'

export interface SpawnedApi extends Backend {
  /** Pollutes `Object.prototype` with what an attacker wants there. */
  pollute(): Promise<void>
  /** Its output, and how it ended: `undefined` while it runs. */
  state(): { output: string; ended: string | undefined }
  end(): Promise<void>
}

interface Reply {
  readonly port?: number
  readonly failed?: string
}

export async function spawnApi(when?: 'before'): Promise<SpawnedApi> {
  const child = fork(childScript('hostile/support/api-process.ts'), when === undefined ? [] : [when], {
    execArgv: ['--unhandled-rejections=strict'],
    env: { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let output = ''
  let ended: string | undefined
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += String(chunk)))
  const waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void }[] = []
  const next = (): Promise<Reply> => new Promise((resolve, reject) => waiting.push({ resolve, reject }))
  child.on('message', (reply: Reply) => waiting.shift()?.resolve(reply))
  child.on('exit', (code, signal) => {
    ended = `${code} ${signal}`
    for (const { reject } of waiting.splice(0)) reject(new Error(`The child ended: ${ended}\n${output}`))
  })
  const { port } = await next()
  const tell = async (message: object): Promise<void> => {
    child.send(message)
    const { failed } = await next()
    if (failed !== undefined) throw new Error(failed)
  }
  return {
    ...clientOf(Number(port)),
    mount: (mount) => tell({ mount }),
    pollute: () => tell({ pollute: true }),
    state: () => ({ output, ended }),
    end: async () => {
      const exit = once(child, 'exit')
      child.disconnect()
      await exit
    },
  }
}
