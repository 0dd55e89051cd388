/** Measures requests per second of the middleware, with and without its token cache. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import autocannon from 'autocannon'
import type { Announcement } from './throughput-api.js'

export interface Throughput {
  /** Requests per second of Express without the middleware. */
  readonly bare: number
  readonly cached: number
  readonly uncached: number
}

const CONNECTIONS = 20

/** The servers run in their own process, so that the load generator can use another core. */
export async function measureThroughput(seconds: number): Promise<Throughput> {
  const file = fileURLToPath(new URL('throughput-api.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', file], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
    const { token, bare, cached, uncached } = JSON.parse(line) as Announcement
    const urls = { bare, cached, uncached }
    const rounds = [await measureAll(urls, token, seconds), await measureAll(urls, token, seconds)]
    // The better of two rounds in turn, so that other load does not look like a difference.
    const best = (name: keyof Throughput) => Math.max(...rounds.map((round) => round[name]))
    return { bare: best('bare'), cached: best('cached'), uncached: best('uncached') }
  } finally {
    child.kill()
  }
}

type Urls = Readonly<Record<keyof Throughput, string>>

async function measureAll(
  { bare, cached, uncached }: Urls,
  token: string,
  seconds: number,
): Promise<Throughput> {
  return {
    bare: await requestsPerSecond(bare, token, seconds),
    cached: await requestsPerSecond(cached, token, seconds),
    uncached: await requestsPerSecond(uncached, token, seconds),
  }
}

async function requestsPerSecond(url: string, token: string, seconds: number) {
  const headers = { authorization: `Bearer ${token}` }
  const { requests, duration, non2xx } = await autocannon({
    url,
    headers,
    connections: CONNECTIONS,
    duration: seconds,
  })
  if (non2xx > 0) throw new Error(`${non2xx} requests failed`)
  return Math.round(requests.total / duration)
}
