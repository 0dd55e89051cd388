/** How many requests a second the middleware lets through, with its memory of verified tokens and without. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import autocannon from 'autocannon'
import type { Announcement } from './throughput-api.js'

export interface Throughput {
  /** Requests a second that Express manages with nothing in front of the handler. */
  readonly bare: number
  readonly cached: number
  readonly uncached: number
}

const CONNECTIONS = 20

/** The servers run in a process of their own: a core for them, another for those who ask. */
export async function measureThroughput(seconds: number): Promise<Throughput> {
  const file = fileURLToPath(new URL('throughput-api.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', file], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
    const { token, bare, cached, uncached } = JSON.parse(line) as Announcement
    const measure = (url: string) => requestsPerSecond(url, token, seconds)
    return { bare: await measure(bare), cached: await measure(cached), uncached: await measure(uncached) }
  } finally {
    child.kill()
  }
}

async function requestsPerSecond(url: string, token: string, seconds: number) {
  const options = { url, connections: CONNECTIONS, headers: { authorization: `Bearer ${token}` } }
  await autocannon({ ...options, amount: 2000 })
  const { requests, duration, non2xx } = await autocannon({ ...options, duration: seconds })
  if (non2xx > 0) throw new Error(`${non2xx} requests were refused`)
  return Math.round(requests.total / duration)
}
