/** RFC 9728 §3.1: where the document of a resource is. */
import { protectedResource } from 'express-resource-server/metadata'

const PLACE = '/.well-known/oauth-protected-resource'
const metadataOf = (resource: string) =>
  protectedResource({ resource, authorizationServers: 'https://login.test' })

test.each([
  ['https://a.test', `https://a.test${PLACE}`],
  ['https://a.test/', `https://a.test${PLACE}`],
  ['https://a.test/mcp', `https://a.test${PLACE}/mcp`],
  ['https://a.test/mcp/', `https://a.test${PLACE}/mcp/`],
  ['https://a.test/a/b', `https://a.test${PLACE}/a/b`],
  ['https://a.test?b=c', `https://a.test${PLACE}?b=c`],
  ['https://a.test/?b=c', `https://a.test${PLACE}?b=c`],
  ['https://a.test/d?b=c', `https://a.test${PLACE}/d?b=c`],
  ['HTTPS://A.test:443', `https://a.test${PLACE}`],
  ['https://a.test:8443/b', `https://a.test:8443${PLACE}/b`],
  ['http://localhost:3000/mcp', `http://localhost:3000${PLACE}/mcp`],
])('The document of %s is at %s', (resource, url) => {
  const metadata = metadataOf(resource)
  expect(metadata.url).toBe(url)
  expect(metadata.resource).toBe(resource)
})

test.each([
  ['https://a.test', PLACE, true],
  ['https://a.test', `${PLACE}?a=b`, true],
  ['https://a.test', `${PLACE}?`, true],
  ['https://a.test', `${PLACE}/`, false],
  ['https://a.test', `${PLACE}/mcp`, false],
  ['https://a.test', `${PLACE}x`, false],
  ['https://a.test', `/x${PLACE}`, false],
  ['https://a.test', `/?${PLACE}`, false],
  ['https://a.test', `http://a.test${PLACE}`, true],
  ['https://a.test', `HTTPS://evil.test:1${PLACE}?a`, true],
  ['https://a.test', `ftp://a.test${PLACE}`, false],
  ['https://a.test', '*', false],
  ['https://a.test', '', false],
  ['https://a.test/mcp', `${PLACE}/mcp`, true],
  ['https://a.test/mcp', `${PLACE}/mcp?x`, true],
  ['https://a.test/mcp', `${PLACE}/mcp/`, false],
  ['https://a.test/mcp', PLACE, false],
  ['https://a.test/d?b=c', `${PLACE}/d?b=c`, true],
  ['https://a.test/d?b=c', `${PLACE}/d`, false],
  ['https://a.test/d?b=c', `${PLACE}/d?b=d`, false],
])('Of the resource %s, the target %j is the document: %p', (resource, url, expected) => {
  const answer = metadataOf(resource).answerFor({ method: 'GET', url, headers: {} })
  expect(answer?.status).toBe(expected ? 200 : undefined)
})

test('The target counts as it was received, not what a router made of it', () => {
  const metadata = metadataOf('https://a.test')
  const headers = {}
  expect(metadata.answerFor({ method: 'GET', originalUrl: PLACE, url: '/', headers })?.status).toBe(200)
  expect(
    metadata.answerFor({ method: 'GET', originalUrl: `/v1${PLACE}`, url: PLACE, headers }),
  ).toBeUndefined()
  expect(metadata.answerFor({ method: 'GET', headers })).toBeUndefined()
})
