import fc from 'fast-check'
import { UnauthorizedError } from 'express-resource-server'
import { isCompactJws, parseCompactJws, signingInputOf } from '../../../lib/core/jws/compact-jws.js'
import { HeaderReader } from '../../../lib/core/jws/jose-header.js'
import type { UnverifiedJws } from '../../../lib/core/jws/compact-jws.js'
import { anyCharacter } from '../../support/characters.js'
import { encode, rawToken } from '../../support/tokens.js'
import type { Part } from '../../support/tokens.js'

const gates = { maxTokenBytes: 16_384, algorithms: new Set(['ES256', 'EdDSA']) }
type Gates = typeof gates
const SIGNATURE = encode(Buffer.alloc(64, 7))

function parse(token: string, changes: Partial<Gates> = {}): UnverifiedJws {
  const { maxTokenBytes, algorithms } = { ...gates, ...changes }
  return parseCompactJws(token, { maxTokenBytes, headers: new HeaderReader(algorithms) })
}

function codeOf(token: string, changes: Partial<Gates> = {}): string {
  try {
    parse(token, changes)
    return 'parsed'
  } catch (error) {
    if (error instanceof UnauthorizedError) return error.code
    throw error
  }
}

/** A token that nobody signed. */
function unsigned(header: Part, payload: Part = { iss: 'x' }): string {
  return `${encode(header)}.${encode(payload)}.${SIGNATURE}`
}

describe('the parts', () => {
  test('a token is taken apart into header, payload, claims and signature', () => {
    const token = unsigned({ alg: 'ES256', kid: 'k' }, '{"iss":"x"}')
    const jws = parse(token)
    expect(jws).toEqual({
      token,
      header: { alg: 'ES256', kid: 'k', typ: undefined, members: { alg: 'ES256', kid: 'k' } },
      payload: Buffer.from('{"iss":"x"}'),
      claims: { iss: 'x' },
      signature: Buffer.alloc(64, 7),
    })
  })

  test('the signature covers the first two parts as they were received, and the dot between them', () => {
    const token = unsigned(' { "alg" : "ES256" } ')
    expect(signingInputOf(parse(token)).toString()).toBe(token.slice(0, -SIGNATURE.length - 1))
  })

  const [head, body] = [encode({ alg: 'ES256' }), encode({ iss: 'x' })]
  test.each([
    ['nothing', ''],
    ['one dot', '.'],
    ['two dots', '..'],
    ['one part', head],
    ['one part, a header but for its last character', `${encode('{"alg":"ES256" }')}A`],
    ['two parts', `${head}.${body}`],
    ['four parts', `${head}.${body}.${SIGNATURE}.${SIGNATURE}`],
    ['five parts, as an encrypted token has', `${head}.${body}.${SIGNATURE}.${SIGNATURE}.${SIGNATURE}`],
    ['three parts and a dot', `${head}.${body}.${SIGNATURE}.`],
    ['no header', `.${body}.${SIGNATURE}`],
    ['no payload', `${head}..${SIGNATURE}`],
    ['no signature', `${head}.${body}.`],
    ['padding behind the header', `${head}=.${body}.${SIGNATURE}`],
    ['padding behind the payload', `${head}.${body}==.${SIGNATURE}`],
    ['padding behind the signature', `${head}.${body}.${SIGNATURE}==`],
    ['a space in front', ` ${head}.${body}.${SIGNATURE}`],
    ['a line break behind', `${head}.${body}.${SIGNATURE}\n`],
    ['a tab inside', `${head}.\t${body}.${SIGNATURE}`],
    ['escaped dots', `${head}%2E${body}%2E${SIGNATURE}`],
    ['a character of plain base64', `${head}.${body}.+${SIGNATURE.slice(1)}`],
    ['text that is not Latin', `${head}.${body}.名${SIGNATURE.slice(1)}`],
    ['a full-width dot', `${head}．${body}.${SIGNATURE}`],
    ['unused bits in the header', `${encode('{"alg":"ES256"} ').replace(/A$/, 'B')}.${body}.${SIGNATURE}`],
    ['unused bits in the payload', `${head}.AB.${SIGNATURE}`],
    ['unused bits in the signature', `${head}.${body}.AB`],
    ['an impossible length of the payload', `${head}.AAAAA.${SIGNATURE}`],
    ['the JSON serialization', JSON.stringify({ protected: head, payload: body, signature: SIGNATURE })],
    [
      'the JSON serialization, encoded',
      encode({ payload: body, signatures: [{ protected: head, signature: SIGNATURE }] }),
    ],
  ])('%s: refused', (_title, token) => {
    expect(codeOf(token)).toBe('ERR_TOKEN_MALFORMED')
  })

  test('no text at all makes anything but a refusal or a parsed token', () => {
    const text = fc.oneof(
      fc.string({ unit: anyCharacter }),
      fc.string({ unit: fc.constantFrom('e', 'y', 'J', '.', '=', '-', '{', '"') }),
    )
    fc.assert(
      fc.property(text, (token) => {
        expect(codeOf(token)).toMatch(/^(ERR_|parsed$)/)
      }),
    )
  })
})

describe('size', () => {
  const token = unsigned({ alg: 'ES256' })

  test('a token of maxTokenBytes passes', () => {
    expect(codeOf(token, { maxTokenBytes: token.length })).toBe('parsed')
  })

  test('a token of one more is refused, before it is looked at', () => {
    expect(codeOf(token, { maxTokenBytes: token.length - 1 })).toBe('ERR_TOKEN_TOO_LARGE')
    expect(codeOf('é'.repeat(20_000))).toBe('ERR_TOKEN_TOO_LARGE')
  })
})

describe('the header', () => {
  test.each<[string, Part]>([
    ['an array', []],
    ['a string', '"alg"'],
    ['null', 'null'],
    ['a number', '1'],
    ['true', 'true'],
    ['no JSON', '{"alg":"ES256"'],
    ['two objects', '{"alg":"ES256"}{}'],
    ['a byte order mark in front', '\ufeff{"alg":"ES256"}'],
    ['octets that are no UTF-8', Buffer.from([...Buffer.from('{"alg":"ES256","x":"'), 0xff, 0x22, 0x7d])],
    ['alg twice', '{"alg":"ES256","alg":"none"}'],
    ['kid twice', '{"alg":"ES256","kid":"a","kid":"b"}'],
    ['nested 65 deep', `{"alg":"ES256","x":${'['.repeat(64)}${']'.repeat(64)}}`],
    ['nested 3,000 deep', `{"alg":"ES256","x":${'['.repeat(3000)}${']'.repeat(3000)}}`],
  ])('%s: refused', (_title, header) => {
    expect(codeOf(unsigned(header))).toBe('ERR_TOKEN_MALFORMED')
  })

  test.each<[string, unknown]>([
    ['absent', undefined],
    ['none', 'none'],
    ['None', 'None'],
    ['NONE', 'NONE'],
    ['nOnE', 'nOnE'],
    ['empty', ''],
    ['null', null],
    ['a number', 256],
    ['a boolean', true],
    ['an object', { name: 'ES256' }],
    ['an array of the right name', ['ES256']],
    ['in lower case', 'es256'],
    ['with a space', 'ES256 '],
    ['allowed nowhere', 'RS256'],
    ['symmetric', 'HS256'],
    ['unknown', 'XX999'],
    ['a member of Object.prototype', 'constructor'],
    ['the name of the prototype', '__proto__'],
    ['an encryption algorithm', 'RSA-OAEP'],
  ])('alg %s: refused', (_title, alg) => {
    expect(codeOf(unsigned({ alg }))).toBe('ERR_ALGORITHM_NOT_ALLOWED')
  })

  test.each<[string, unknown]>([
    ['an unknown extension', ['x-policy']],
    ['b64', ['b64']],
    ['an empty array', []],
    ['a string', 'exp'],
    ['an object', { 0: 'exp' }],
    ['a number', 1],
    ['true', true],
    ['null', null],
    ['an absent member', ['absent']],
    ['a registered name', ['alg']],
    ['one name twice', ['x', 'x']],
    ['members of Object.prototype', ['toString', '__proto__', 'constructor']],
    ['text with line breaks and quotes', ['a\r\nX-Inj: 1', '"', '中']],
  ])('crit that is or names %s: refused, since no extension is supported', (_title, crit) => {
    expect(codeOf(unsigned({ alg: 'ES256', b64: true, 'x-policy': 1, crit }))).toBe('ERR_CRITICAL_HEADER')
  })

  test.each<[string, unknown]>([
    ['null', null],
    ['a number', 1],
    ['an array of the right one', ['es256']],
    ['an object', { kid: 'es256' }],
    ['257 characters long', 'k'.repeat(257)],
    ['8 KB long', 'k'.repeat(8192)],
    ['with a line break', 'a\r\nX-Inj: 1'],
    ['with a NUL', 'a\0'],
    ['with a control character of Latin-1', 'a\u0085'],
  ])('kid %s: refused', (_title, kid) => {
    expect(codeOf(unsigned({ alg: 'ES256', kid }))).toBe('ERR_TOKEN_MALFORMED')
  })

  test('kid empty: counts as none', () => {
    expect(parse(unsigned({ alg: 'ES256', kid: '' })).header.kid).toBeUndefined()
  })

  test.each([
    ['256 characters', 'k'.repeat(256)],
    ['odd characters', '2024-01-01T00:00:00Z/ä=+'],
    ['text that looks like SQL', "x' UNION SELECT '1';--"],
    ['a path', '../../etc/passwd'],
    ['the name of the prototype', '__proto__'],
    ['characters outside the BMP', '🔑'],
  ])('kid of %s: taken as it is', (_title, kid) => {
    expect(parse(unsigned({ alg: 'ES256', kid })).header.kid).toBe(kid)
  })

  test('members that mean nothing here are kept and have no effect', () => {
    const header = {
      alg: 'ES256',
      jku: 'https://a.test',
      jwk: {},
      x5c: ['AA'],
      zip: 'DEF',
      b64: false,
      foo: 1,
    }
    expect(parse(unsigned(header)).header.members).toEqual(header)
  })

  test('a member called __proto__ gives the header no other members', () => {
    const { header } = parse(unsigned('{"alg":"ES256","__proto__":{"kid":"k"}}'))
    expect(header.kid).toBeUndefined()
    expect(Object.getPrototypeOf(header.members)).toBe(Object.prototype)
  })
})

describe('a header that was met before', () => {
  const headers = new HeaderReader(gates.algorithms)
  const parseHere = (token: string) => parseCompactJws(token, { maxTokenBytes: 16_384, headers })
  const headerWith = (x: string) => parseHere(unsigned({ alg: 'ES256', x })).header

  test('is not decoded again, also when others came between', () => {
    const meetBoth = () => [headerWith('a'), headerWith('b')]
    // Where the first displaces what the tests before left, there is room for both afterwards.
    meetBoth()
    const [a, b] = meetBoth()

    expect(headerWith('a')).toBe(a)
    expect(headerWith('b')).toBe(b)
  })

  test('is forgotten after many others, so that they cannot fill the memory', () => {
    const header = headerWith('c')
    for (let i = 0; i < 256; i++) headerWith(`c${i}`)

    expect(headerWith('c')).not.toBe(header)
    expect(headerWith('c')).toEqual(header)
  })

  test('is not forgotten for what is no header at all', () => {
    const header = headerWith('d')
    for (let i = 0; i < 256; i++) expect(codeOf(unsigned(`no JSON ${i}`))).toBe('ERR_TOKEN_MALFORMED')

    expect(headerWith('d')).toBe(header)
  })

  test('is remembered up to 512 characters, and decoded each time beyond', () => {
    const [short, long] = ['x'.repeat(362), 'x'.repeat(363)]

    expect(encode({ alg: 'ES256', x: short })).toHaveLength(512)
    expect(headerWith(short)).toBe(headerWith(short))
    expect(headerWith(long)).not.toBe(headerWith(long))
  })
})

describe('the payload', () => {
  test.each<[string, Part]>([
    ['no JSON', 'hello'],
    ['cut off', '{"iss":"x"'],
    ['an array', []],
    ['a string', '"x"'],
    ['a nested token', rawToken()],
    ['two objects', '{"iss":"x"}{"sub":"admin"}'],
    ['an object with a name twice', '{"sub":"a","sub":"b"}'],
    ['a byte order mark and an object', '\ufeff{}'],
    ['binary', Buffer.from([0, 255, 1])],
  ])('%s: parsed, without claims', (_title, payload) => {
    expect(parse(unsigned({ alg: 'ES256' }, payload)).claims).toBeUndefined()
  })

  test('pretty-printed claims in UTF-8 are read', () => {
    const payload = '{\r\n  "name" : "Jürgen \\u00dfen",\r\n\t"iss" : "x"\r\n}'
    expect(parse(unsigned({ alg: 'ES256' }, payload)).claims).toEqual({ name: 'Jürgen ßen', iss: 'x' })
  })
})

describe('The form of a token tells whether it is a compact JWS', () => {
  const header = encode({ alg: 'ES256' })
  test.each([
    ['three parts', `${header}.${encode({})}.${SIGNATURE}`, true],
    ['three parts, two of them empty', `${header}..`, true],
    ['an algorithm that is not allowed', `${encode({ alg: 'none' })}.x.`, true],
    ['two parts', `${header}.${SIGNATURE}`, false],
    ['four parts', `${header}.a.b.c`, false],
    ['five parts', `${header}.a.b.c.d`, false],
    ['text in front', `-.${header}.a.b`, false],
    ['a header without alg', `${encode({ typ: 'JWT' })}.a.b`, false],
    ['a header with an inherited alg only', `${encode('{"__proto__":{"alg":"ES256"}}')}.a.b`, false],
    ['a header that is no JSON', `${encode('alg')}.a.b`, false],
    ['a header that is no base64url', 'a.a.b', false],
    ['no header', '.a.b', false],
    ['a character of no base64url in the payload', `${header}.a+.b`, false],
    ['a character of no base64url in the signature', `${header}.a.b=`, false],
    ['nothing', '', false],
  ])('%s', (_title, token, expected) => {
    expect(isCompactJws(token)).toBe(expected)
    const headers = new HeaderReader(new Set(['ES256']))
    headers.read(header)
    expect(isCompactJws(token, headers)).toBe(expected)
  })

  test('a header that is remembered is not parsed again', () => {
    const headers = new HeaderReader(new Set(['ES256']))
    headers.read(header)
    const parses = jest.spyOn(JSON, 'parse')
    expect(isCompactJws(`${header}.a.b`, headers)).toBe(true)
    expect(parses).not.toHaveBeenCalled()
    expect(isCompactJws(`${header}.a.b`)).toBe(true)
    expect(parses).toHaveBeenCalledTimes(1)
    parses.mockRestore()
  })
})

describe('Claims may cost more where tokens may be longer', () => {
  const costly = (objects: number): string =>
    unsigned({ alg: 'ES256' }, `{"a":[${Array(objects).fill('{}').join(',')}]}`)

  test.each([
    [150, 16_384, 'parsed'],
    [250, 16_384, undefined],
    [250, 32_768, 'parsed'],
    [450, 32_768, undefined],
    [150, 8192, 'parsed'],
  ])('%d objects, at most %d bytes', (objects, maxTokenBytes, expected) => {
    const { claims } = parse(costly(objects), { maxTokenBytes })
    expect(claims === undefined ? undefined : 'parsed').toBe(expected)
  })
})
