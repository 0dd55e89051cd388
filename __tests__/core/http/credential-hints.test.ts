/** What a guess may read of a request that a stranger wrote. */
import { missingCredentials } from '../../../lib/core/http/credential-hints.js'

const FORM = 'application/x-www-form-urlencoded'
const HEADER = Buffer.from('{"alg":"ES256"}').toString('base64url')

function hintOf(body: unknown, type: string = FORM): unknown {
  return missingCredentials({ headers: { 'content-type': type }, body }).hint
}

describe('The guess about a body', () => {
  test('does not list the members of one that is no form', () => {
    const ownKeys = jest.fn(() => [])
    expect(hintOf(new Proxy({}, { ownKeys }), 'application/octet-stream')).toBeUndefined()
    expect(ownKeys).not.toHaveBeenCalled()
  })

  test.each([
    ['bytes', Buffer.alloc(0)],
    ['text', ''],
    ['null', null],
    ['an array', []],
    ['a form with other fields', { a: 'b' }],
    ['a token that is not text', { access_token: 1, token: [`${HEADER}.e30.c2ln`] }],
  ])('is none for %s', (_title, body) => {
    expect(hintOf(body)).toBeUndefined()
  })

  test.each([
    ['nothing', undefined],
    ['an empty object', {}],
  ])('is that a form was not read for %s', (_title, body) => {
    expect(hintOf(body)).toBe('body_not_parsed')
  })

  test('is none where the body throws', () => {
    const get = (): never => {
      throw new Error('a getter of the application')
    }
    expect(hintOf(Object.defineProperty({}, 'access_token', { get }))).toBeUndefined()
  })
})

test.each([
  ['a header alone', HEADER],
  ['two parts', `${HEADER}.e30`],
  ['a short first part', 'eyJ.e30.c2ln'],
  ['a first part without alg', `${Buffer.from('{"view":"home page"}').toString('base64url')}.e30.c2ln`],
  ['a first part that goes on', `eyJ${HEADER}!.e30.c2ln`],
])('A cookie is no JWT if it is %s', (_title, value) => {
  expect(missingCredentials({ headers: { cookie: `a=${value}; b=c` } }).hint).toBeUndefined()
})
