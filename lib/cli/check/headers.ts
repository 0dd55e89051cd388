/** What the headers of good answers say: how long keys are cached, and how far the clocks are apart. RFC 9111 §5.2. */
import type { Finding } from '../finding.js'
import type { Answer } from '../net/probe.js'

/** As in lib/core/keys: the bounds and the default of `ttlSeconds`. */
const MIN_TTL_SECONDS = 300
const MAX_TTL_SECONDS = 3600
const DEFAULT_TTL_SECONDS = 600
/** The default tolerance, and what rounding and the network may add. */
const TOLERATED_SKEW_SECONDS = 5 + 2

export function cachingFinding(answer: Answer): Finding {
  const step = 'caching'
  const value = answer.header('cache-control')
  if (value === undefined)
    return note(
      step,
      `The keys come without Cache-Control: they are fetched again after ${String(DEFAULT_TTL_SECONDS)} s.`,
    )
  const shown = value.replace(/[^\x20-\x7e]/g, '?').slice(0, 100)
  const isUncached = /\bno-(?:store|cache)\b/i.test(value)
  const asked = isUncached ? 0 : maxAgeOf(value)
  if (asked === undefined)
    return note(
      step,
      `Cache-Control: ${shown}. They are fetched again after ${String(DEFAULT_TTL_SECONDS)} s.`,
    )
  const used = Math.min(MAX_TTL_SECONDS, Math.max(MIN_TTL_SECONDS, asked))
  if (used === asked) return { step, outcome: 'good', text: `Cache-Control: ${shown}.` }
  return note(
    step,
    `Cache-Control: ${shown}. Keys are fetched again after ${String(used)} s all the same, unless keys.ttlSeconds says otherwise.`,
  )
}

/** `undefined`: the answer is from a cache, or has no date. */
export function skewSeconds(answer: Answer): number | undefined {
  const date = Date.parse(answer.header('date') ?? '')
  if (Number.isNaN(date) || answer.header('age') !== undefined) return undefined
  return Math.round((answer.receivedAtMs - date) / 1000)
}

export function clockFinding(answer: Answer): Finding {
  const step = 'clock'
  const skew = skewSeconds(answer)
  if (skew === undefined)
    return note(step, 'The answer has no Date of its own, so that the clocks cannot be compared.')
  const text = skewText(skew)
  if (Math.abs(skew) <= TOLERATED_SKEW_SECONDS) return { step, outcome: 'good', text }
  const advice =
    'Synchronize both clocks (NTP; restart a virtual machine that slept). Until then tokens are refused as expired or not yet valid. clockToleranceSeconds helps up to 300 s.'
  return { step, outcome: 'problem', code: 'clock_skew', text, advice }
}

export function isSkewed(skew: number): boolean {
  return Math.abs(skew) > TOLERATED_SKEW_SECONDS
}

export function skewText(skew: number): string {
  if (Math.abs(skew) <= TOLERATED_SKEW_SECONDS) return 'The clocks of this machine and of the issuer agree.'
  return `The clock of this machine is ${String(Math.abs(skew))} s ${skew > 0 ? 'ahead of' : 'behind'} that of the issuer.`
}

function maxAgeOf(cacheControl: string): number | undefined {
  const match = /(?:^|[,\s])max-age="?(\d{1,16})/i.exec(cacheControl)
  return match?.[1] === undefined ? undefined : Number(match[1])
}

function note(step: string, text: string): Finding {
  return { step, outcome: 'note', text }
}
