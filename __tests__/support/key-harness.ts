/**
 * A resource server that uses a faulty key server and a clock that tests move, and the outcome of
 * its requests.
 */
import { ResourceServerError, resourceServer } from 'express-resource-server'
import type { KeyOptions, ResourceServer, ResourceServerOptions } from 'express-resource-server'
import { AUDIENCE, KeyServer } from './key-server.js'
import { TestClock } from './test-clock.js'

export interface Outcome {
  readonly status: number
  readonly code?: string
  readonly retryAfter?: number
}

export async function outcome(verified: Promise<unknown>): Promise<Outcome> {
  try {
    await verified
    return { status: 200 }
  } catch (error) {
    if (!(error instanceof ResourceServerError)) throw error
    const retryAfter = error.headers['retry-after']
    return {
      status: error.status,
      code: error.code,
      ...(retryAfter === undefined ? {} : { retryAfter: Number(retryAfter) }),
    }
  }
}

/** How many requests ended with each status. */
export async function tally(verified: readonly Promise<unknown>[]): Promise<Record<number, number>> {
  const counts: Record<number, number> = {}
  for (const { status } of await Promise.all(verified.map(outcome)))
    counts[status] = (counts[status] ?? 0) + 1
  return counts
}

/**
 * Short time-outs, for servers that never answer well: on a busy machine a good answer may take
 * longer.
 */
export const QUICK = { attemptTimeoutMs: 300, flightTimeoutMs: 1000 } as const

/** For servers that answer well at first and hang later: a good answer has a second to arrive. */
export const HANGS_LATER = { attemptTimeoutMs: 1000 } as const

/**
 * For crowds of callers: on a busy machine they may keep the process from reading a good answer for
 * seconds.
 */
export const CROWD = { attemptTimeoutMs: 60_000, flightTimeoutMs: 60_000 } as const

export class Harness {
  readonly clock = new TestClock()
  readonly #open: { close(): unknown }[] = []

  async keyServer(tls?: Parameters<typeof KeyServer.listen>[0]): Promise<KeyServer> {
    const server = await KeyServer.listen(tls)
    this.#open.push(server)
    return server
  }

  /** Uses the server's `jwksUri`, unless `options` says otherwise. */
  api(
    server: Pick<KeyServer, 'issuer' | 'jwksUri'>,
    keys: KeyOptions = {},
    options: Partial<ResourceServerOptions> = {},
  ): ResourceServer {
    const api = resourceServer({
      issuer: { issuer: server.issuer, jwksUri: server.jwksUri },
      audience: AUDIENCE,
      clock: this.clock,
      keys,
      ...options,
    })
    this.#open.push(api)
    return api
  }

  async close(): Promise<void> {
    for (const each of this.#open.splice(0).reverse()) await each.close()
  }
}

/** Waits for messages on loopback, until `condition` holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2))
}
