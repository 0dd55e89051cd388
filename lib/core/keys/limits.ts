/** The limits of a key source and their defaults, and the time to live that the origin's headers ask for. RFC 9111 §5.2. */
import type { JsonAnswer } from '../net/fetch-json.js'

export interface KeyLimits {
  /** `undefined`: what the origin says, within bounds. */
  readonly ttlMs: number | undefined
  readonly staleMs: number
  readonly cooldownMs: number
  readonly attemptTimeoutMs: number
  readonly flightTimeoutMs: number
  readonly maxBytes: number
  readonly maxKeys: number
}

export const DEFAULT_KEY_LIMITS: KeyLimits = {
  ttlMs: undefined,
  staleMs: 3_600_000,
  cooldownMs: 30_000,
  attemptTimeoutMs: 3000,
  flightTimeoutMs: 5000,
  maxBytes: 256 * 1024,
  maxKeys: 100,
}

const DEFAULT_TTL_SECONDS = 600
/** Spares issuers that meter the endpoint: some send 15 s, or forbid caching outright. */
const MIN_TTL_SECONDS = 300
/** How long a key that was withdrawn, perhaps because it was stolen, may stay trusted. */
const MAX_TTL_SECONDS = 3600

const NUMBER = /^"?(\d{1,16})"?$/

/** `knownMs` is the TTL of the document that an answer without `Cache-Control` renews. RFC 9111 §4.3.4. */
export function ttlMs(
  limits: KeyLimits,
  answer: Pick<JsonAnswer, 'cacheControl' | 'age'>,
  knownMs?: number,
): number {
  if (limits.ttlMs !== undefined) return limits.ttlMs
  if (knownMs !== undefined && answer.cacheControl === undefined) return knownMs
  return originTtlSeconds(answer) * 1000
}

/** The TTL that a document was kept with elsewhere, within the bounds of this process. */
export function clampTtlMs(limits: KeyLimits, askedMs: number): number {
  return limits.ttlMs ?? Math.min(MAX_TTL_SECONDS * 1000, Math.max(MIN_TTL_SECONDS * 1000, askedMs))
}

function originTtlSeconds({ cacheControl, age }: Pick<JsonAnswer, 'cacheControl' | 'age'>): number {
  const directives = new Map((cacheControl ?? '').toLowerCase().split(',').map(toDirective))
  if (directives.has('no-store') || directives.has('no-cache')) return MIN_TTL_SECONDS
  const maxAge = toNumber(directives.get('max-age'))
  if (maxAge === undefined) return DEFAULT_TTL_SECONDS
  return Math.min(MAX_TTL_SECONDS, Math.max(MIN_TTL_SECONDS, maxAge - (toNumber(age?.trim()) ?? 0)))
}

function toDirective(text: string): [string, string | undefined] {
  const [name = '', value] = text.split('=', 2)
  return [name.trim(), value?.trim()]
}

function toNumber(text: string | undefined): number | undefined {
  const digits = NUMBER.exec(text ?? '')?.[1]
  return digits === undefined ? undefined : Number(digits)
}
