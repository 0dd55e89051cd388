/** Real Redis servers on free ports of loopback, each with a folder of its own. */
import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { freePort } from '../../support/free-port.js'

export interface RedisServer {
  readonly port: number
  /** Sends one command on a connection of its own. */
  command(...words: readonly (string | number)[]): Promise<unknown>
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>
  /** Starts it again on the same port, with the files in its folder. */
  start(): Promise<void>
  signal(name: 'SIGSTOP' | 'SIGCONT'): void
  /** Ends it and removes its folder. */
  remove(): Promise<void>
}

export async function until(condition: () => unknown): Promise<void> {
  while (!(await condition())) await sleep(20)
}

export async function startRedis(...settings: readonly string[]): Promise<RedisServer> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'ers-redis-'))
  const base = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...settings]
  let child: ChildProcess | undefined

  async function command(...words: readonly (string | number)[]): Promise<unknown> {
    const client = new Redis({ port, lazyConnect: true, retryStrategy: () => null })
    client.on('error', () => undefined)
    try {
      await client.connect()
      return await client.call(String(words[0]), ...words.slice(1))
    } finally {
      client.disconnect()
    }
  }
  const answers = () => command('PING').catch(() => false)
  const redis: RedisServer = {
    port,
    command,
    async start() {
      const started = spawn('redis-server', base, { stdio: 'ignore' })
      child = started
      await Promise.race([
        until(answers),
        once(started, 'exit').then(() => Promise.reject(new Error('It ended'))),
      ])
    },
    async kill() {
      if (child?.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    },
    signal: (name) => void child?.kill(name),
    async remove() {
      await redis.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await redis.start()
  return redis
}

/** Three masters that share the slots. A node that is away takes only its own slots away. */
export async function startCluster(): Promise<readonly RedisServer[]> {
  const nodes: RedisServer[] = []
  for (let index = 0; index < 3; index++) {
    const busPort = String(await freePort())
    nodes.push(
      await startRedis(
        ...['--cluster-enabled', 'yes', '--cluster-port', busPort, '--cluster-node-timeout', '2000'],
        ...['--cluster-require-full-coverage', 'no'],
      ),
    )
  }
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`)
  await promisify(execFile)('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes'])
  await until(async () => {
    const states = await Promise.all(nodes.map((node) => node.command('CLUSTER', 'INFO')))
    return states.every((state) => String(state).includes('cluster_state:ok'))
  })
  return nodes
}

const TEN_YEARS_MS = 10 * 365 * 86_400_000

/** Makes all present births an hour older, as if the data had been there for so long. Returns how many. */
export async function age(...nodes: readonly RedisServer[]): Promise<number> {
  let count = 0
  for (const node of nodes) {
    const replication = String(await node.command('INFO', 'replication'))
    const history = /^master_replid:(\w+)/m.exec(replication)?.[1]
    const births = (await node.command('KEYS', `*}:birth:${history}`)) as string[]
    for (const key of births) await node.command('PEXPIRE', key, TEN_YEARS_MS - 3_600_000)
    count += births.length
  }
  return count
}
