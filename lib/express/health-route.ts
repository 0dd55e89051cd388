/** A route for readiness probes. It answers from the known state, without the network. */
import { healthOf, isDown, ready, summaryOf } from '../core/server/lifecycle.js'
import type { FailWhen } from '../core/server/lifecycle.js'
import { OptionReader } from '../core/options/reader.js'
import { answerBy } from '../core/http/answering.js'
import type { Handler } from '../core/http/request.js'
import type { Answer } from '../core/http/answer.js'
import type { Server } from '../core/server/server.js'

/** The options of `healthRoute()`. */
export interface HealthRouteOptions {
  /**
   * When the answer is 503 instead of 200: if the keys of `'all'` (default) or `'any'` of the
   * issuers in the options are down, or `'never'`. Keys that were never fetched, and stale keys
   * that are still in use, are not down. Issuers that a resolver adds do not count.
   */
  readonly failWhen?: FailWhen | undefined
  /**
   * Adds the state of each issuer, with its name and why its last refresh failed. Only for a route
   * that the public cannot reach. Default `false`.
   */
  readonly details?: boolean | undefined
}

const NAMES: Readonly<Record<keyof HealthRouteOptions, true>> = { failWhen: true, details: true }
const READY_TIMEOUT_MS = 10_000

export function healthHandler(server: Server, options: HealthRouteOptions): Handler {
  const reader = new OptionReader(options, 'healthRoute', Object.keys(NAMES))
  const failWhen = reader.oneOf('failWhen', ['all', 'any', 'never']) ?? 'all'
  const hasDetails = reader.boolean('details')
  let isStarted = false
  const answer = (): Answer => {
    if (!isStarted) {
      isStarted = true
      ready(server, READY_TIMEOUT_MS).catch(() => undefined)
    }
    const health = healthOf(server)
    const status = isDown(server.issuers, failWhen) ? 'down' : summaryOf(health)
    const body = JSON.stringify({ status, ...(hasDetails && health) })
    return { status: status === 'down' ? 503 : 200, headers: headersOf(body), body }
  }
  return function healthRoute(_req, res, next) {
    answerBy(answer, res, next)
  }
}

function headersOf(body: string): Answer['headers'] {
  return {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'content-length': String(Buffer.byteLength(body)),
  }
}
