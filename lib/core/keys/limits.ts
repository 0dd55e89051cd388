/**
 * The limits of a key source, their defaults, and the TTL that the issuer's headers ask for.
 * RFC 9111 §5.2.
 */
import type { JsonAnswer } from '../net/fetch-json.js'

export interface KeyLimits {
  /** `undefined` means the value of the issuer's headers, within bounds. */
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
/** Spares issuers that limit requests to the endpoint: some send 15 s, or forbid caching. */
const MIN_TTL_SECONDS = 300
/** How long a withdrawn key, which may have been stolen, stays trusted. */
const MAX_TTL_SECONDS = 3600

const NUMBER = /^"?(\d{1,16})"?$/

/**
 * An answer without `Cache-Control` renews the known document, whose TTL is `knownMs`. RFC 9111
 * §4.3.4.
 */
export function ttlMs(
  limits: KeyLimits,
  answer: Pick<JsonAnswer, 'cacheControl' | 'age'>,
  knownMs?: number,
): number {
  if (limits.ttlMs !== undefined) return limits.ttlMs
  if (knownMs !== undefined && answer.cacheControl === undefined) return knownMs
  return originTtlSeconds(answer) * 1000
}

/** The TTL of a document from another process, within the bounds of this one. */
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
