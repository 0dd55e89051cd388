/** The target URI in one spelling: RFC 3986 §6.2.2 and §6.2.3, RFC 9449 §4.3 (9). */
import express from 'express'
import fc from 'fast-check'
import { resourceServer } from 'express-resource-server'
import { dpop } from 'express-resource-server/dpop'
import { createTestIssuer } from 'express-resource-server/testing'
import { parsePublicUrl, targetUriOf } from '../../lib/dpop/public-urls.js'
import { normalizeTargetPath, normalizeTargetUri } from '../../lib/dpop/target-uri.js'
import { start } from '../support/http.js'

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

describe('a request target in absolute form', () => {
  const pathOf = (url: string) =>
    ['/r', '/', '//r', '/a/r'].find(
      (path) =>
        targetUriOf(`${ORIGIN}${path}`, { headers: {}, url }, [{ origin: ORIGIN, prefix: '' }]) !== undefined,
    )

  test.each([
    ['https://api.example/r', '/r'],
    ['http://other.example:8080/r?x=/a/r#/b', '/r'],
    ['HTTPS://API.EXAMPLE/r', '/r'],
    ['http://[::1]:3000/r', '/r'],
    ['http://api.example', '/'],
    ['http://api.example?x=1', '/'],
    ['http://api.example//r', '//r'],
    ['http://api.example/a/../r', undefined],
    ['http://api.example\\a/r', undefined],
    ['http://api.example;a/r', undefined],
    ['http://ada@api.example/r', undefined],
    ['http://api.example:x/r', undefined],
    ['http:///r', undefined],
    ['http:/r', undefined],
    ['ftp://api.example/r', undefined],
    ['api.example/r', undefined],
    ['*', undefined],
    ['', undefined],
  ])('%s has the path %s', (url, expected) => {
    expect(pathOf(url)).toBe(expected)
  })

  test('is a reference to this API, whatever host it names, with the prefix of the public URL', () => {
    const urls = [{ origin: ORIGIN, prefix: '/v1' }]
    const request = { headers: {}, originalUrl: 'http://evil.example/r', url: '/' }
    expect(targetUriOf(`${ORIGIN}/v1/r`, request, urls)).toBe(`${ORIGIN}/v1/r`)
    expect(targetUriOf('http://evil.example/r', request, urls)).toBeUndefined()
  })

  test('that Express routes elsewhere than the proof names is refused', async () => {
    const issuer = createTestIssuer()
    const client = issuer.dpop()
    const app = express().use(
      resourceServer({ ...issuer.options, confirmation: dpop({ publicUrl: ORIGIN, required: true }) }),
      (req, res) => void res.json(req.path),
    )
    const { raw } = await start(app)
    const send = async (target: string) => {
      const token = await client.token()
      const proof = await client.proof('GET', `${ORIGIN}/r`, { token })
      const headers = `Host: x\r\nConnection: close\r\nAuthorization: DPoP ${token}\r\nDPoP: ${proof}`
      const { status, body } = await raw(`GET ${target} HTTP/1.1\r\n${headers}\r\n\r\n`)
      return status === 200 ? (body as unknown) : status
    }
    // TRN-040
    for (const target of ['/r', 'http://other/r', 'https://api.example/r?x', 'HTTP://[::1]:80/r#x'])
      expect([target, await send(target)]).toEqual([target, '/r'])
    for (const target of ['http://h\\a/r', 'http://h;a/r', 'http://u@h/r', 'http://h/%2e/r', 'http:r'])
      expect([target, await send(target)]).toEqual([target, expect.any(Number)])
  })
})

test.each([
  ['https://api.example/%7ea', `${ORIGIN}/~a`],
  ['https://api.example/%7ea/', `${ORIGIN}/%7Ea`],
  ['https://api.example/%c3%a9', `${ORIGIN}/%C3%A9`],
  ['https://api.example/a/../%76%31', `${ORIGIN}/v1`],
])('the root below the public URL %s is %s, with a slash and without', (publicUrl, root) => {
  const urls = [parsePublicUrl(publicUrl)!]
  for (const htu of [root, `${root}/`])
    expect(targetUriOf(htu, { headers: {}, url: '/' }, urls)).toBeDefined()
  expect(targetUriOf(`${root}/x`, { headers: {}, url: '/x' }, urls)).toBeDefined()
})
