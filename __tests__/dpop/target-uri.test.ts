/** The target URI in one spelling: RFC 3986 §6.2.2 and §6.2.3, RFC 9449 §4.3 (9). */
import fc from 'fast-check'
import { parsePublicUrl, targetUriOf } from '../../lib/dpop/public-urls.js'
import { normalizeTargetPath, normalizeTargetUri } from '../../lib/dpop/target-uri.js'

const ORIGIN = 'https://api.example'
const segment = fc.string({
  unit: fc.constantFrom(
    ...'abzAZ059-._~!$&\'()*+,;=:@%/?#" \\<>^`{|}é'.split(''),
    '%2e',
    '%7E',
    '%2f',
    '%C3',
  ),
  maxLength: 8,
})
const path = fc.array(segment, { maxLength: 4 }).map((segments) => `/${segments.join('/')}`)

test('a path that is left as it is would also be left by a URL parser', () => {
  fc.assert(
    fc.property(path, (text) => {
      const normalized = normalizeTargetPath(text)
      if (normalized === undefined) return
      expect(normalizeTargetUri(`${ORIGIN}${normalized}`)).toBe(`${ORIGIN}${normalized}`)
    }),
    { numRuns: 5000 },
  )
})

test('a URI is found by its own spelling exactly when it is found by its normalised one', () => {
  const urls = [{ origin: ORIGIN, prefix: '' }]
  fc.assert(
    fc.property(path, path, (text, other) => {
      const found = targetUriOf(`${ORIGIN}${other}`, { headers: {}, url: text }, urls)
      const wanted = normalizeTargetPath(text)
      const isSame = wanted !== undefined && normalizeTargetUri(`${ORIGIN}${other}`) === `${ORIGIN}${wanted}`
      expect(found).toBe(isSame ? `${ORIGIN}${wanted}` : undefined)
    }),
    { numRuns: 5000 },
  )
})

test.each([
  'https://@api.example/r',
  'https://:@api.example/r',
  'https://ada@api.example/r',
  'https://api.example\\r',
  'https:/api.example/r',
  'https:///api.example/r',
  'https:api.example/r',
  'https://api.example/r ',
  ' https://api.example/r',
  'https://api.example/\tr',
  'https://api.ex\nample/r',
  'https://\uff41pi.example/r',
  'https://api.exa\u00admple/r',
])('%j is no URI of the API', (text) => {
  expect(normalizeTargetUri(text)).toBeUndefined()
  expect(parsePublicUrl(text)).toBeUndefined()
})

test.each([
  ['https://api.example/v1', true],
  ['https://api.example/v1/', true],
  ['https://api.example/v1//', false],
  ['https://api.example/', false],
  ['https://api.example/v2', false],
])('where a proxy strips the whole path /v1, %s names what is left of it: %p', (htu, isNamed) => {
  const urls = [{ origin: ORIGIN, prefix: '/v1' }]
  expect(targetUriOf(htu, { headers: {}, url: '/' }, urls) !== undefined).toBe(isNamed)
  expect(targetUriOf(htu, { headers: {}, url: '/?x=1' }, urls) !== undefined).toBe(isNamed)
})

test('without a prefix the slash of the root stays, and below a prefix no other slash is optional', () => {
  const request = (url: string) => ({ headers: {}, url })
  expect(targetUriOf(ORIGIN, request('/'), [{ origin: ORIGIN, prefix: '' }])).toBe(`${ORIGIN}/`)
  expect(targetUriOf(`${ORIGIN}/v1/r`, request('/r/'), [{ origin: ORIGIN, prefix: '/v1' }])).toBeUndefined()
})

test.each([
  ['/r', '/r'],
  ["/a/b;c=d,e:@!$&'()*+", "/a/b;c=d,e:@!$&'()*+"],
  ['//evil.example/r', '//evil.example/r'],
  ['/.hidden', '/.hidden'],
  ['/...', '/...'],
  ['/a/../b', undefined],
  ['/a/.', undefined],
  ['/a/%2E./b', undefined],
  ['/a\\b', undefined],
  ['*', undefined],
  ['https://api.example/r', undefined],
  ['/r?x=/../', '/r'],
  ['/%7ea%2f', '/~a%2F'],
  ['/é', '/%C3%A9'],
])('the target %s is %s', (target, expected) => {
  expect(normalizeTargetPath(target)).toBe(expected)
})
