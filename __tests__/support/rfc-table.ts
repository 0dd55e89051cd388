/** Tables for `__tests__/rfc`: one row per rule. Its title begins with the section. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { resourceServer } from 'express-resource-server'
import type { KeysEvent, ResourceServerOptions } from 'express-resource-server'
import { ISSUER, jwks, options, publicJwk, rawToken, verdict } from './tokens.js'
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
    test(title, async () => {
      expect(await keyVerdict(jwk)).toBe(expected)
    })
  }
}

const CHANNEL = 'express-resource-server:keys'

/** `usable`, or the reason in the `key_dropped` event. The key set also contains a good key. */
export async function keyVerdict(jwk: unknown): Promise<string> {
  const problems: string[] = []
  const note = (message: unknown): void => {
    const event = message as KeysEvent
    if (event.type === 'key_dropped') problems.push(event.problem)
  }
  const server = resourceServer(
    options({
      issuer: { issuer: ISSUER, jwksUri: `${ISSUER}/jwks` },
      fetch: () => Promise.resolve(Response.json(jwks(jwk, publicJwk('ES256')))),
    }),
  )
  subscribe(CHANNEL, note)
  try {
    await server.ready()
  } finally {
    unsubscribe(CHANNEL, note)
    server.close()
  }
  const [problem = 'usable', ...others] = problems
  expect(others).toEqual([])
  return problem
}
