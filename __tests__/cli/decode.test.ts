/** `decode`: what a token says, without any check. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestIssuer } from 'express-resource-server/testing'
import { running } from './support/program.js'

const issuer = createTestIssuer()
const now = Math.floor(Date.now() / 1000)
const encode = (text: string): string => Buffer.from(text).toString('base64url')

async function decoded(input: string, ...args: string[]) {
  return running(['decode', ...args], input).ended
}

test('prints header and claims with times in words, and says that nothing is verified', async () => {
  const token = await issuer.token({ iat: now - 7300, exp: now - 3700, nbf: now + 90_000, sub: 'a\u001b[2J' })
  const { code, stdout, stderr } = await decoded(`Authorization: Bearer ${token}\n`)
  expect(stdout).toMatch(/^Header\n {2}alg {2}"RS256"\n/)
  expect(stdout).toMatch(/\n {2}exp +\d+ {2}\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ, 1 hour ago: expired\n/)
  expect(stdout).toMatch(/\n {2}iat .*, 2 hours ago\n/)
  expect(stdout).toMatch(/\n {2}nbf .*, in 1 day\n/)
  expect(stdout).toContain(String.raw`"a\u001b[2J"`)
  expect(stdout).toMatch(/\n\nNothing is verified: anybody can write this. For a verdict, use explain.\n$/)
  expect(stdout).not.toContain(token.split('.')[2])
  expect([code, stderr]).toEqual([0, ''])
})

test('--json is one object', async () => {
  const { stdout } = await decoded(await issuer.token(), '-', '--json')
  expect(JSON.parse(stdout)).toMatchObject({
    command: 'decode',
    kind: 'JWT',
    isVerified: false,
    header: { alg: 'RS256' },
    claims: { sub: 'user-1' },
  })
})

test.each([
  [
    'an encrypted token',
    `${encode('{"alg":"dir","enc":"A256GCM"}')}..iv.text.tag`,
    0,
    /"A256GCM"[^]*encrypted \(JWE\)/,
  ],
  [
    'an opaque token',
    '2YotnFZFEjr1zCsicMWpAA',
    0,
    /^The token is opaque[^]*did not name the API[^]*by introspection, if it has that/,
  ],
  ['a broken one', 'a.b.c', 1, /^The token has the dots of a JWT/],
  [
    'a strange time',
    `${encode('{"alg":"none"}')}.${encode('{"exp":"soon","iat":1e300}')}.`,
    0,
    /exp +"soon" +not a time in seconds since 1970/,
  ],
  [
    'one of two parts, which is not signed',
    `${encode('{"alg":"none"}')}.${encode('{"iss":"x"}')}`,
    0,
    /^Header\n[^]*"none"[^]*iss +"x"[^]*is not signed, or was cut off/,
  ],
  [
    'a member name twice',
    `${encode('{"alg":"RS256"}')}.${encode('{"sub":"a","sub":"b"}')}.c2ln`,
    1,
    /^The token has JSON that no token may have: a member name is there twice/,
  ],
  [
    'a time in milliseconds',
    `${encode('{"alg":"none"}')}.${encode('{"exp":1795975263735}')}.`,
    0,
    /exp +1795975263735 +not in seconds: in milliseconds it is 2026-11-29T18:01:03\.735Z/,
  ],
  [
    'bytes that are not UTF-8',
    `${encode('{"alg":"RS256"}')}.${Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]).toString('base64url')}.c2ln`,
    1,
    /^The token has JSON that is not in UTF-8/,
  ],
  [
    'half of a surrogate pair',
    `${encode('{"alg":"RS256"}')}.${encode(String.raw`{"sub":"\ud800"}`)}.c2ln`,
    1,
    /it has half of a surrogate pair/,
  ],
  ['nothing', '', 1, /^No token was given/],
  ['nothing behind the scheme', 'Authorization: Bearer ', 1, /^No token was given/],
  [
    'an error of a token endpoint',
    '{"error":"invalid_client"}',
    1,
    /^This is no token, but the answer of a token endpoint that refuses one/,
  ],
  ['an opaque token with all its characters', 'Bearer aA0-._~+/==\n', 0, /^The token is opaque/],
])('%s', async (_, token, code, text) => {
  const ended = await decoded(token)
  expect(ended.stdout).toMatch(text)
  expect(ended.code).toBe(code)
})

test.each([
  '{"message":"Forbidden"}',
  '{"error":{"code":401,"message":"x"}}',
  '<html><body>502 Bad Gateway</body></html>',
  'zsh: command not found: gcloud',
  'not found',
  'not\nfound',
  '{"url":"https://a.example.com"}',
])('text that is no token is not called opaque: %j', async (text) => {
  const { code, stdout } = await decoded(text)
  expect(stdout).toMatch(/^This is no token: it has characters that no token has/)
  expect(code).toBe(1)
})

test('a token as an argument is refused, and not repeated', async () => {
  const token = await issuer.token()
  const { code, stdout, stderr } = await decoded('', token)
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).not.toContain(token)
})

test.each([
  ['little', (bytes: Buffer) => bytes],
  ['big', (bytes: Buffer) => bytes.swap16()],
])('a file of PowerShell, in UTF-16 with the %s end first, is read', async (_, order) => {
  const folder = mkdtempSync(join(tmpdir(), 'decode-'))
  const file = join(folder, 'token.txt')
  writeFileSync(file, order(Buffer.from(`\ufeff${await issuer.token()}\r\n`, 'utf16le')))
  const { code, stdout } = await decoded('', '--token-file', file)
  rmSync(folder, { recursive: true })
  expect(stdout).toMatch(/^Header\n {2}alg {2}"RS256"\n/)
  expect(code).toBe(0)
})

test('numbers are those of the token, which JavaScript would round', async () => {
  const claims = String.raw`{"id":90071992547409931,"exp":1e400,"n":1.0,"a":[{"b":-0},12345678901234567890],"s":"1.0 \" 2.0","__proto__":5}`
  const token = `${encode('{"alg":"RS256","v":1.50}')}.${encode(claims)}.c2ln`
  const { stdout } = await decoded(token)
  expect(stdout).toMatch(/\n {2}v {4}1\.50\n/)
  expect(stdout).toMatch(/\n {2}id +90071992547409931\n/)
  expect(stdout).toMatch(/\n {2}exp +1e400 +not a time in seconds since 1970\n/)
  expect(stdout).toMatch(/\n {2}n +1\.0\n/)
  expect(stdout).toContain('[{"b":-0},12345678901234567890]')
  expect(stdout).toContain(String.raw`"1.0 \" 2.0"`)
  expect(stdout).toMatch(/\n {2}__proto__ +5\n/)
  const { stdout: json } = await decoded(token, '--json')
  expect(json).toContain('"id": 90071992547409931,')
  expect(json).toContain('"exp": 1e400,')
  expect(JSON.parse(json).claims).toMatchObject({
    n: 1,
    s: '1.0 " 2.0',
    a: [{ b: -0 }, 12345678901234567000],
  })
})
