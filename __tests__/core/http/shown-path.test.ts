/** The path in events and debug lines: no token in any spelling, and ordinary paths as they are. */
import { createHash } from 'node:crypto'
import { pathOf } from '../../../lib/core/http/shown-path.js'

const shown = (url: string): string => pathOf({ url, headers: {} })
const base64url = (text: string): string => Buffer.from(text).toString('base64url')
const random = (name: string): Buffer => createHash('sha512').update(name).digest()
const jwt = (header: string, claims: string): string =>
  [base64url(header), base64url(claims), random('signature').toString('base64url')].join('.')

const CLAIMS = '{"iss":"https://issuer.test","sub":"alice@secret.test","scope":"orders:read"}'

const TOKENS: Readonly<Record<string, string>> = {
  'a JWT': jwt('{"alg":"RS256"}', CLAIMS),
  'a JWT with white space in its JSON': jwt('{ "alg":"RS256"}', CLAIMS.replace('{', '{ ')),
  'a JWT with line feeds in its JSON': jwt('{\n "alg":"RS256"}', CLAIMS.replace('{', '{\n ')),
  'a JWT with tabs before and in its JSON': jwt('\t{\t"alg":"RS256"}', CLAIMS.replace('{', ' {\t')),
  'a JWT with CR LF in its JSON': jwt('{\r\n"alg":"RS256"}', CLAIMS.replace('{', '{\r\n')),
  'an unsigned JWT': `${base64url('{"alg":"none"}')}.${base64url(CLAIMS)}.`,
  'a JWE': [
    base64url('{"alg":"dir","enc":"A256GCM"}'),
    '',
    ...['iv', 'text', 'tag'].map((name) => random(name).toString('base64url').slice(0, 43)),
  ].join('.'),
  'an opaque token in base64url': random('opaque').toString('base64url'),
  'an opaque token in base64': random('base64').toString('base64'),
  'an opaque token in hex': random('hex').toString('hex'),
  'an opaque token in upper-case hex': random('HEX').toString('hex').toUpperCase(),
  'an opaque token of 16 bytes': random('16 bytes').toString('hex').slice(0, 32),
  'an opaque token with a prefix': `ghp_${random('prefix').toString('base64url').slice(0, 36)}`,
  'a UUID': '7f1d7c1e-6c2b-4f0e-9d0a-3f5b8a1c2d3e',
}

const percent = (text: string): string =>
  text.replace(/[^]/g, (each) => `%${each.charCodeAt(0).toString(16).padStart(2, '0')}`)
const separatedBy =
  (separator: string) =>
  (token: string): string =>
    token.replaceAll('.', separator)

const SPELLINGS: Readonly<Record<string, (token: string) => string>> = {
  'as it is': (token) => token,
  'with %2E': separatedBy('%2E'),
  'with %2e': separatedBy('%2e'),
  'with %252E': separatedBy('%252E'),
  'with %25252e': separatedBy('%25252e'),
  'with digits encoded too': separatedBy('%%32%45'),
  'with %u002e': separatedBy('%u002e'),
  'with a slash': separatedBy('/'),
  'with an encoded slash': separatedBy('%2F'),
  'with a tilde': separatedBy('~'),
  'with a comma': separatedBy(','),
  'with a semicolon': separatedBy(';'),
  'with a colon': separatedBy(':'),
  'with an encoded space': separatedBy('%20'),
  'with an encoded line feed': separatedBy('%0A'),
  'with a bar': separatedBy('|'),
  'with an entity': separatedBy('&#46;'),
  'with two dots': separatedBy('..'),
  'without separator': separatedBy(''),
  'with the first letter encoded': (token) => percent(token.slice(0, 1)) + token.slice(1),
  'with every third letter encoded': (token) =>
    token.replace(/(..)([^])/g, (_, two: string, third: string) => two + percent(third)),
  'all encoded': percent,
  'all encoded in upper case': (token) => percent(token).toUpperCase(),
  'all encoded twice': (token) => percent(percent(token)),
  'all encoded three times': (token) => percent(percent(percent(token))),
  'all encoded as old browsers do': (token) => percent(token).replaceAll('%', '%u00'),
  'in base64 instead of base64url': (token) => token.replaceAll('-', '+').replaceAll('_', '/'),
  'in base64, encoded': (token) => token.replaceAll('-', '%2B').replaceAll('_', '%2F'),
  'with padding': (token) => token.replaceAll('.', '=.') + '==',
  'in lines of 64': (token) => token.replace(/.{64}/g, '$&%0D%0A'),
}

const PLACES: readonly ((token: string) => string)[] = [
  (token) => `/cb/${token}`,
  (token) => `/cb/${token}/next`,
  (token) => `/cb;t=${token};u`,
  (token) => `/cb/Bearer%20${token}`,
  (token) => `/cb/Bearer+${token}`,
  (token) => `/cb&access_token=${token}`,
  (token) => `/cb%3Faccess_token=${token}&x`,
  (token) => `/cb%253Faccess_token%253D${token}`,
  (token) => `/cb%23id=${token}`,
  (token) => `/cb@${token}`,
  (token) => `/cb/é${token}`,
  (token) => `/cb/a${token}`,
  (token) => `/cb/file.${token}.json`,
  (token) => `/cb/${token},${token}`,
  (token) => `https://api.test/cb/${token}?x`,
  (token) => token,
]

/** All that decoding can give. */
function decodings(text: string): readonly string[] {
  const next = text
    .replace(/%u([\da-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return next === text ? [text] : [text, ...decodings(next)]
}

/** Pieces of the token that are still there. Shorter ones would also be in ordinary words. */
function leaks(path: string, token: string): readonly string[] {
  const pieces = token.match(/[A-Za-z0-9]{6}/g) ?? []
  const texts = decodings(path)
  return pieces.filter((piece) => texts.some((text) => text.includes(piece)))
}

describe.each(Object.entries(TOKENS))('%s', (_, token) => {
  test.each(Object.entries(SPELLINGS))('%s is never shown', (_title, spell) => {
    const paths = PLACES.map((place) => shown(place(spell(token))))
    expect(paths.filter((path) => leaks(path, token).length > 0)).toEqual([])
    expect(paths.filter((path) => !path.includes('[token]'))).toEqual([])
  })
})

test('no token of a thousand issued ones is shown', () => {
  const tokens = Array.from({ length: 1000 }, (_, index) => random(`token ${index}`))
    .flatMap((bytes) => [bytes.toString('base64url'), bytes.toString('hex')])
    .flatMap((text) => [text, text.slice(0, 43), text.slice(0, 24)])
  expect(tokens.filter((token) => leaks(shown(`/cb/${token}`), token).length > 0)).toEqual([])
})

test('of a thousand tokens in base64, slashes included, at most a piece like a word is shown', () => {
  const tokens = Array.from({ length: 1000 }, (_, index) => random(`token ${index}`).toString('base64'))
  expect(tokens.filter((token) => leaks(shown(`/cb/${token}`), token).length >= 3)).toEqual([])
})

test.each([
  ['/login/eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln/next', '/login/[token]/next'],
  ['/login/eyJhbGciOiJSUzI1NiJ9/eyJzdWIiOiJhIn0/c2ln/next', '/login/[token]/[token]/[token]/next'],
  ['/login/eyJhbGciOiJub25lIn0.e30./next', '/login/[token]./next'],
  ['/cb/access_token=secretopaque123', '/cb/access_token=[token]'],
  ['/cb/access_token%3dsecret.opaque~123;x', '/cb/access_token%3d[token];x'],
  ['/cb;jwt=a.b.c&x=y', '/cb;jwt=[token]&x=y'],
  ['/cb/Bearer%20secret', '/cb/Bearer%20[token]'],
  ['/cb/Bearer+secret', '/cb/[token]'],
  ['/orders/7f1d7c1e-6c2b-4f0e-9d0a-3f5b8a1c2d3e/lines', '/orders/[token]/lines'],
])('of %s is shown %s', (url, path) => {
  expect(shown(url)).toBe(path)
})

test.each([
  '/',
  '*',
  '/api/v1/orders/17/lines/3',
  '/oauth2/token',
  '/token/introspect',
  '/tokens/17',
  '/.well-known/oauth-protected-resource/api/v2',
  '/users/alice%40example.com',
  '/users/J%C3%BCrgen%20M%C3%BCller',
  '/search/orders%2Flines%20of%20today',
  '/posts/2026-11-29/how-to-write-a-very-long-title-for-an-ordinary-post',
  '/rpc/getOrderHistoryByCustomer',
  '/UserService/ListAllUsersOfOrganization',
  '/INTERNAL/HEALTH_CHECK',
  '/moneyJar/keyJar',
  '/assets/main.8f3a2b1c.chunk.js',
  '/downloads/app-1.20.3-rc.1_x86_64.tar.gz',
  '/accounts/1234567890123456789',
  '/a;version=1,b;c=d',
  '/example/exports/eyes/ewe/e3',
  '/100%/%zz/%u00',
])('%s is shown as it is', (path) => {
  expect(shown(path)).toBe(path)
})

test('A long path is cut', () => {
  const path = `/a${'/bc'.repeat(1000)}`
  expect(shown(path)).toBe(`${path.slice(0, 1024)}...`)
})

test('A token at the end of what is looked at is not shown', () => {
  const [first, last] = [random('first').toString('hex').repeat(100), random('last').toString('base64url')]
  for (let length = 1; length < last.length; length++) {
    const path = shown(`/${first.slice(0, 8184 - length)}/words/${last}`)
    expect([path, leaks(path, last)]).toEqual([path, []])
    expect(path).toMatch(/^\/\[token\]\/words\/.*\.\.\.$/)
  }
})

test.each([
  'a',
  '%',
  '%25',
  '%2',
  '-',
  '/',
  'eyJ.',
  'token',
  'token=',
  'Bearer ',
  'aA',
  'a1/',
  '%u',
  '%u00',
  ' ',
])('a megabyte of %j is no work', (piece) => {
  const path = shown(`/${piece.repeat(1_000_000 / piece.length)}`)
  expect(path.length).toBeLessThan(1100)
})
