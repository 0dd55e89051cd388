/** The times in a token, which are NumericDates, in words. RFC 7519 §2. */

const TIMES: readonly string[] = ['exp', 'nbf', 'iat', 'auth_time', 'updated_at']
const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
]
/** The latest time that `Date` has. */
const MAX_SECONDS = 8_640_000_000_000
/** The year 5138, or 1973 in milliseconds. */
const PROBABLY_MILLISECONDS = 100_000_000_000

/** `2030-01-01T00:05:00Z, in 5 minutes`; empty for what is not a time. */
export function inWords(name: string, value: unknown, nowSeconds: number): string {
  if (!TIMES.includes(name)) return ''
  if (typeof value !== 'number' || Math.abs(value) > MAX_SECONDS) return 'not a time in seconds since 1970'
  if (value >= PROBABLY_MILLISECONDS) return `not in seconds: in milliseconds it is ${isoOf(value)}`
  const moment = isoOf(Math.floor(value) * 1000)
  const difference = Math.round(value - nowSeconds)
  const span = spanOf(Math.abs(difference))
  const words = difference < 0 ? `${span} ago` : `in ${span}`
  return `${moment}, ${words}${name === 'exp' && difference < 0 ? ': expired' : ''}`
}

function isoOf(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('.000Z', 'Z')
}

/** In the largest unit of which there is one: `5 minutes`. */
export function spanOf(seconds: number): string {
  const [size, unit] = UNITS.find(([each]) => seconds >= each) ?? [1, 'second']
  const count = Math.floor(seconds / size)
  return `${String(count)} ${unit}${count === 1 ? '' : 's'}`
}
