/** What a token without a valid signature may cost, and texts that are two different ones in UTF-8. */
import { createTestIssuer } from 'express-resource-server/testing'
import { resourceServer } from 'express-resource-server'
import { claims, header, options, rawToken, verdict } from '../support/tokens.js'

const list = <T>(length: number, of: (index: number) => T): readonly T[] =>
  Array.from({ length }, (_, i) => of(i))
const members = (length: number, of: (index: number) => unknown): object =>
  Object.fromEntries(list(length, (i) => [`m${i}`, of(i)]))

describe('claims of a size that the header limit admits', () => {
  test.each<[string, object]>([
    ['a thousand objects', { x: list(1000, (i) => ({ [`${i}`]: i })) }],
    ['a thousand empty objects', { x: list(1000, () => ({})) }],
    ['a thousand arrays in arrays', { x: list(1000, () => [[]]) }],
    ['1100 members', members(1100, () => 1)],
    ['2500 numbers', { x: list(2500, () => 1) }],
  ])('%s are refused before the signature', async (_title, changes) => {
    expect(await verdict(rawToken({ payload: claims(changes) }))).toBe('ERR_TOKEN_MALFORMED')
  })

  test('a thousand objects in the header are refused as well', async () => {
    const token = rawToken({ header: header({ x: list(1000, () => ({})) }) })
    expect(await verdict(token)).toBe('ERR_TOKEN_MALFORMED')
  })

  test.each<[string, object]>([
    ['300 groups', { groups: list(300, () => crypto.randomUUID()) }],
    ['1300 short roles', { roles: list(1300, (i) => `r${i}`) }],
    ['the roles of 120 clients', { resource_access: members(120, () => ({ roles: ['view', 'edit', 'x'] })) }],
    [
      '40 authorization details',
      { details: list(40, () => ({ type: 'a', actions: ['b', 'c'], locations: ['d'] })) },
    ],
  ])('%s are accepted', async (_title, changes) => {
    expect(await verdict(rawToken({ payload: claims(changes) }))).toBe('accepted')
  })

  test('a larger maxTokenBytes accepts more of them', async () => {
    const token = rawToken({ payload: claims({ x: list(2500, () => 1) }) })
    expect(await verdict(token, { maxTokenBytes: 65_536 })).toBe('accepted')
  })
})

describe('half a surrogate pair', () => {
  const HALF = '\ud800'

  test.each<[string, object]>([
    ['sub', { sub: `user${HALF}` }],
    ['client_id', { client_id: HALF }],
    ['jti', { jti: `${HALF}x` }],
    ['scope', { scope: `read${HALF}` }],
    ['a list', { roles: ['a', HALF] }],
    ['an object', { act: { sub: HALF } }],
    ['a name', { [`x${HALF}`]: 1 }],
    ['a name inside', { x: [{ [HALF]: 1 }] }],
  ])('in %s is refused', async (_place, changes) => {
    expect(await verdict(rawToken({ payload: claims(changes) }))).toBe('ERR_TOKEN_MALFORMED')
  })

  test.each<[string, object]>([
    ['kid', { kid: `es256${HALF}` }],
    ['another member', { x: HALF }],
    ['a name', { [HALF]: 1 }],
  ])('in the header, as %s, is refused', async (_place, changes) => {
    expect(await verdict(rawToken({ header: header(changes) }))).toBe('ERR_TOKEN_MALFORMED')
  })

  test('is what makes two subjects one in UTF-8; whole pairs make one subject', async () => {
    expect(Buffer.from('\ud800')).toEqual(Buffer.from('\ud801'))
    const issuer = createTestIssuer()
    const { subject } = await resourceServer(issuer.options).verify(await issuer.token({ sub: '😀' }))
    expect(subject).toBe('😀')
    expect(await verdict(rawToken({ payload: JSON.stringify(claims({ sub: '😀' })) }), options())).toBe(
      'accepted',
    )
  })
})
