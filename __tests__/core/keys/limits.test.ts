import { DEFAULT_KEY_LIMITS, ttlMs } from '../../../lib/core/keys/limits.js'

const ttl = (cacheControl?: string, age?: string) => ttlMs(DEFAULT_KEY_LIMITS, { cacheControl, age }) / 1000

describe('the TTL of a key set', () => {
  test.each([
    [undefined, undefined, 600],
    ['', undefined, 600],
    ['public', undefined, 600],
    ['max-age=15', undefined, 300],
    ['max-age=0', undefined, 300],
    ['max-age=1200', undefined, 1200],
    ['public, max-age=1200, must-revalidate', undefined, 1200],
    ['Max-Age="1200"', undefined, 1200],
    ['max-age=1200', '200', 1000],
    ['max-age=1200', '5000', 300],
    ['max-age=1200', ' 200 ', 1000],
    ['max-age=1200', 'old', 1200],
    ['max-age=1200', '-5', 1200],
    ['max-age=86400', undefined, 3600],
    ['max-age=86400', '3000', 3600],
    ['max-age=9999999999999999', undefined, 3600],
    ['max-age=99999999999999999999', undefined, 600],
    ['max-age=-1', undefined, 600],
    ['max-age', undefined, 600],
    ['no-store', undefined, 300],
    ['no-cache, max-age=1200', undefined, 300],
    ['no-cache="set-cookie"', undefined, 300],
    ['s-maxage=9', undefined, 600],
  ])('of Cache-Control %p and Age %p is %d s', (cacheControl, age, seconds) => {
    expect(ttl(cacheControl, age)).toBe(seconds)
  })

  test('given by the options wins', () => {
    expect(
      ttlMs({ ...DEFAULT_KEY_LIMITS, ttlMs: 5000 }, { cacheControl: 'max-age=1200', age: undefined }),
    ).toBe(5000)
  })

  test('stays what it was when a 304 says nothing of it', () => {
    const limits = DEFAULT_KEY_LIMITS
    expect(ttlMs(limits, { cacheControl: undefined, age: undefined }, 1_200_000)).toBe(1_200_000)
    expect(ttlMs(limits, { cacheControl: 'max-age=900', age: undefined }, 1_200_000)).toBe(900_000)
  })
})
