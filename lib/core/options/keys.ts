/** The `keys` option. */
import { DEFAULT_KEY_LIMITS } from '../keys/limits.js'
import type { KeyLimits } from '../keys/limits.js'
import { OptionReader } from './reader.js'
import type { KeyOptions } from './types.js'

const NAMES: Readonly<Record<keyof KeyOptions, true>> = {
  ttlSeconds: true,
  staleSeconds: true,
  cooldownSeconds: true,
  attemptTimeoutMs: true,
  flightTimeoutMs: true,
  maxBytes: true,
  maxKeys: true,
}

const DAY_SECONDS = 86_400
const TIMEOUT_MS = { min: 50, max: 60_000 }

export function parseKeyLimits(parent: OptionReader): KeyLimits {
  const options = parent.record('keys')
  if (options === undefined) return DEFAULT_KEY_LIMITS
  const reader = new OptionReader(options, parent.pathOf('keys'), Object.keys(NAMES))
  const limits: KeyLimits = {
    ttlMs: toMs(reader.number('ttlSeconds', { min: 1, max: DAY_SECONDS })),
    staleMs: toMs(reader.number('staleSeconds', { min: 0, max: DAY_SECONDS })) ?? DEFAULT_KEY_LIMITS.staleMs,
    cooldownMs:
      toMs(reader.number('cooldownSeconds', { min: 1, max: 3600 })) ?? DEFAULT_KEY_LIMITS.cooldownMs,
    attemptTimeoutMs: reader.number('attemptTimeoutMs', TIMEOUT_MS) ?? DEFAULT_KEY_LIMITS.attemptTimeoutMs,
    flightTimeoutMs: reader.number('flightTimeoutMs', TIMEOUT_MS) ?? DEFAULT_KEY_LIMITS.flightTimeoutMs,
    maxBytes: reader.number('maxBytes', { min: 1024, max: 16_777_216 }) ?? DEFAULT_KEY_LIMITS.maxBytes,
    maxKeys: reader.number('maxKeys', { min: 1, max: 1000 }) ?? DEFAULT_KEY_LIMITS.maxKeys,
  }
  if (limits.attemptTimeoutMs > limits.flightTimeoutMs) {
    reader.fail(
      'attemptTimeoutMs',
      'must not be longer than flightTimeoutMs, which holds at least one attempt',
    )
  }
  return limits
}

function toMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000
}
