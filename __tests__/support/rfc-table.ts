/** Tables for `__tests__/rfc`: one row per rule. Its title begins with the section. */
import type { ResourceServerOptions } from 'express-resource-server'
import { toVerificationKey } from '../../lib/core/jws/verification-key.js'
import { rawToken, verdict } from './tokens.js'
import type { RawToken } from './tokens.js'

/** Title, `accepted` or the code of the 401, token, and changes to the usual options. */
export type TokenRow = readonly [
  title: string,
  expected: string,
  token: RawToken | string,
  changes?: Partial<ResourceServerOptions>,
]

/** Title, `usable` or the reason why the key is not usable, JWK. */
export type KeyRow = readonly [title: string, expected: string, jwk: unknown]

export function tokenTable(rows: readonly TokenRow[]): void {
  for (const [title, expected, token, changes] of rows) {
    test(title, async () => {
      expect(await verdict(typeof token === 'string' ? token : rawToken(token), changes)).toBe(expected)
    })
  }
}

export function keyTable(rows: readonly KeyRow[]): void {
  for (const [title, expected, jwk] of rows) {
    test(title, () => {
      const key = toVerificationKey(jwk)
      expect(typeof key === 'string' ? key : 'usable').toBe(expected)
    })
  }
}
