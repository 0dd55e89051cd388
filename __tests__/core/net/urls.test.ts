import { parseFetchableUrl, parseLinkedUrl } from '../../../lib/core/net/urls.js'

const STRICT = { allowInsecureHttp: false }
const LAX = { allowInsecureHttp: true }

describe('a URL that may be fetched', () => {
  test.each([
    'https://issuer.test',
    'https://issuer.test:8443/a?b=c',
    'http://localhost:3000',
    'http://127.0.0.1/jwks',
    'http://127.1.2.3/',
    'http://127.1/',
    'http://[::1]:8080/',
  ])('is %s', (text) => {
    expect(parseFetchableUrl(text, STRICT)?.href).toBe(new URL(text).href)
  })

  test.each([
    '',
    'issuer.test',
    '/jwks',
    'http://issuer.test',
    'http://localhost.issuer.test',
    'http://127.0.0.1.issuer.test',
    'http://10.0.0.1',
    'http://0.0.0.0',
    'https://user@issuer.test',
    'https://user:secret@issuer.test',
    'https://:secret@issuer.test',
    'file:///etc/passwd',
    'data:application/json,{}',
    'ftp://issuer.test',
    'ws://localhost',
    'javascript:alert(1)',
  ])('is not %p', (text) => {
    expect(parseFetchableUrl(text, STRICT)).toBeUndefined()
  })

  test('is plain http elsewhere only where the options say so', () => {
    expect(parseFetchableUrl('http://10.0.0.1/', LAX)?.href).toBe('http://10.0.0.1/')
    expect(parseFetchableUrl('ftp://10.0.0.1/', LAX)).toBeUndefined()
  })
})

describe('a link in a document', () => {
  test.each([
    ['https', 'https', STRICT, true],
    ['http', 'https', STRICT, true],
    ['http', 'http', STRICT, true],
    ['https', 'http', STRICT, false],
    ['https', 'http', LAX, true],
  ])('from %s to %s, with %j, is followed: %s', (from, to, policy, followed) => {
    const url = parseLinkedUrl(`${to}://localhost/jwks`, new URL(`${from}://localhost/`), policy)
    expect(url !== undefined).toBe(followed)
  })
})
