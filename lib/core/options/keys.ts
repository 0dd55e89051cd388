/** The `keys` option: how keys are fetched, kept and refreshed. */
import { DEFAULT_KEY_LIMITS } from '../keys/limits.js'
import type { KeyLimits } from '../keys/limits.js'
import { purgeSerial } from '../keys/purges.js'
import type { GivenSnapshot } from '../keys/snapshot.js'
import { isObject, own } from '../base/own.js'
import { KEY_OPTIONS } from './names.js'
import { OptionReader } from './reader.js'

const DAY_SECONDS = 86_400
const TIMEOUT_MS = { min: 50, max: 60_000 }

export interface ParsedKeyOptions {
  readonly limits: KeyLimits
  readonly snapshot: GivenSnapshot | undefined
}

export const DEFAULT_KEY_OPTIONS: ParsedKeyOptions = { limits: DEFAULT_KEY_LIMITS, snapshot: undefined }

export function parseKeyOptions(parent: OptionReader): ParsedKeyOptions {
  const value = parent.value('keys')
  if (Array.isArray(value) || (isObject(value) && Array.isArray(own(value, 'keys'))))
    parent.fail(
      'keys',
      'holds keys, but is for how keys are fetched. Put a JWK Set into issuer: { issuer, jwks }',
    )
  const reader = new OptionReader(value, parent.pathOf('keys'), KEY_OPTIONS)
  const limits = parseLimits(reader)
  assertTogether(limits, reader)
  return { limits, snapshot: parseSnapshot(reader) }
}

/** What another version wrote, and an empty object, are ignored later. */
function parseSnapshot(reader: OptionReader): GivenSnapshot | undefined {
  const snapshot = reader.plainRecord('snapshot')
  if (snapshot === undefined) return undefined
  if (Object.hasOwn(snapshot, 'version') || Object.keys(snapshot).length === 0)
    return { contents: snapshot, givenAt: purgeSerial() }
  return reader.fail('snapshot', 'must be what snapshot() returned, parsed if it was stored as JSON')
}

function parseLimits(reader: OptionReader): KeyLimits {
  const defaults = DEFAULT_KEY_LIMITS
  return {
    ttlMs: toMs(reader.number('ttlSeconds', { min: 1, max: DAY_SECONDS })),
    staleMs: toMs(reader.number('staleSeconds', { min: 0, max: DAY_SECONDS })) ?? defaults.staleMs,
    cooldownMs: toMs(reader.number('cooldownSeconds', { min: 1, max: 3600 })) ?? defaults.cooldownMs,
    attemptTimeoutMs: reader.number('attemptTimeoutMs', TIMEOUT_MS) ?? defaults.attemptTimeoutMs,
    flightTimeoutMs: reader.number('flightTimeoutMs', TIMEOUT_MS) ?? defaults.flightTimeoutMs,
    maxBytes: reader.number('maxBytes', { min: 1024, max: 16_777_216 }) ?? defaults.maxBytes,
    maxKeys: reader.number('maxKeys', { min: 1, max: 1000 }) ?? defaults.maxKeys,
  }
}

/** Values that are valid one by one, but contradict each other. */
function assertTogether({ ttlMs, attemptTimeoutMs, flightTimeoutMs }: KeyLimits, reader: OptionReader): void {
  if (attemptTimeoutMs > flightTimeoutMs) {
    reader.fail(
      'attemptTimeoutMs',
      'must not be longer than flightTimeoutMs, which holds at least one attempt',
    )
  }
  if (ttlMs !== undefined && flightTimeoutMs > ttlMs) {
    reader.fail(
      'ttlSeconds',
      'must not be shorter than flightTimeoutMs: keys would be too old before a refresh has ended',
    )
  }
}

function toMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000
}
