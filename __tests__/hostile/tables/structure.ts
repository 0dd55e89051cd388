/**
 * The form of a token: parts, base64url, UTF-8, JSON, size. RFC 7515 §3 and §7.1, RFC 8725 §3.7,
 * RFC 8259.
 */
import { encode } from '../../support/tokens.js'
import type { Case } from '../support/cases.js'
import { signedParts } from '../support/forgeries.js'
import type { World } from '../support/world.js'

const parts = (w: World): [string, string, string] => w.token().split('.') as [string, string, string]
const goodHeader = (w: World): string => parts(w)[0]
/** A genuine signature, whatever the text or bytes are. */
const payload = (w: World, value: string | Uint8Array): string => w.token({ payload: value })
const body = (w: World, rest: string): string => JSON.stringify(w.claims()).replace(/}$/, `${rest}}`)

/** Other trailing bits of the last character: the same bytes to a careless decoder. */
export function twin(part: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const index = alphabet.indexOf(part.at(-1)!)
  return part.slice(0, -1) + alphabet[index ^ 1]!
}

/** A signature of 256 bytes ends in a character with four unused bits. */
const encoding: Case[] = [
  {
    what: 'no signature behind the last dot',
    ids: 'STR-002',
    tokens: (w) => `${parts(w).slice(0, 2).join('.')}.`,
  },
  {
    what: 'too few and too many parts',
    tokens: (w) => {
      const [h, p, s] = parts(w)
      return [
        h,
        `${h}.${p}`,
        `${h}.${p}.${s}.`,
        `${h}.${p}.${s}.${s}`,
        `.${h}.${p}.${s}`,
        `${h}..${p}.${s}`,
        `${h}.${p}.${s}.x.y`,
      ]
    },
  },
  {
    what: 'empty parts',
    ids: 'STR-006',
    tokens: (w) => {
      const [h, p, s] = parts(w)
      return [`.${p}.${s}`, `${h}..${s}`, '..', '.', '...', `..${s}`]
    },
  },
  {
    what: 'padding behind the signature',
    ids: 'STR-007',
    tokens: (w) => [`${w.token()}=`, `${w.token()}==`],
  },
  {
    what: 'padding behind header or payload, genuinely signed',
    ids: 'STR-008',
    status: 400,
    tokens: (w) => {
      const [h, p] = parts(w)
      return [signedParts(`${h}=`, p), signedParts(h, `${p}==`)]
    },
  },
  {
    what: 'other trailing bits: another text of the same bytes',
    ids: 'CAC-020',
    tokens: (w) => {
      const [h, p, s] = parts(w)
      return [
        `${h}.${p}.${twin(s)}`,
        signedParts(twin(encode('{"alg":"RS256","typ":"at+jwt","kid":"rs1"} ')), p),
      ]
    },
  },
  {
    what: 'characters of plain base64 and an impossible length',
    tokens: (w) => {
      const [h, p, s] = parts(w)
      return [
        `${h}.${p}.${s}A`,
        `${h}.${p}.+/${s.slice(2)}`,
        signedParts(`${h}A`, p),
        signedParts(h, `${p}+`),
      ]
    },
  },
  {
    what: 'characters of no alphabet within a signed part',
    ids: 'STR-012',
    status: 400,
    tokens: (w) => {
      const [h, p] = parts(w)
      return ['*', '%', '"', '\\', '(', ';'].map((sign) =>
        signedParts(h, `${p.slice(0, 9)}${sign}${p.slice(9)}`),
      )
    },
  },
  {
    what: 'white space within a part',
    ids: 'STR-014',
    status: 400,
    requests: (w) =>
      parts(w).flatMap((_, at) =>
        [' ', '\t', '%20', '\u00a0'].map((space) => {
          const broken = parts(w).map((part, i) =>
            i === at ? `${part.slice(0, 5)}${space}${part.slice(5)}` : part,
          )
          return { headers: { authorization: `Bearer ${broken.join('.')}` } }
        }),
      ),
  },
  {
    what: 'dots written as %2E',
    ids: 'STR-015',
    status: 400,
    tokens: (w) => w.token().replaceAll('.', '%2E'),
  },
  {
    what: 'JWS JSON serialization, encoded',
    ids: 'STR-016',
    tokens: (w) => {
      const [h, p, s] = parts(w)
      const flattened = { payload: p, protected: h, signature: s }
      const general = { payload: p, signatures: [{ protected: h, signature: s }] }
      return [flattened, general].map((value) => encode(value))
    },
  },
  {
    what: 'JWS JSON serialization, as it is',
    ids: 'STR-016',
    status: 400,
    requests: (w) => {
      const [h, p, s] = parts(w)
      const flattened = { payload: p, protected: h, signature: s }
      return [JSON.stringify(flattened), JSON.stringify(flattened, null, 1).replaceAll('\n', '')].map(
        (text) => ({
          headers: { authorization: `Bearer ${text}` },
        }),
      )
    },
  },
  {
    what: 'an encrypted token',
    tokens: () => [
      `${encode({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.AAAA.AAAA.AAAA.AAAA`,
      `${encode({ alg: 'dir', enc: 'A256GCM' })}..AAAA.AAAA.AAAA`,
    ],
  },
]

const json: Case[] = [
  {
    what: 'a payload that is no JSON',
    ids: 'STR-019',
    tokens: (w) =>
      ['hello', '{', '', ' ', '}', '\u0000'].map((text) =>
        text === '' ? signedParts(goodHeader(w), '') : payload(w, text),
      ),
  },
  {
    what: 'a payload that is no object',
    tokens: (w) =>
      ['null', '1', '"text"', 'true', '[]', JSON.stringify([w.claims()])].map((text) => payload(w, text)),
  },
  {
    what: 'a payload with more behind it',
    ids: 'STR-020',
    tokens: (w) =>
      ['{"sub":"admin"}', ' junk', ',', '\u0000', '//', '}'].map((rest) =>
        payload(w, JSON.stringify(w.claims()) + rest),
      ),
  },
  {
    what: 'a payload that only lenient parsers read',
    ids: 'STR-021',
    tokens: (w) =>
      [
        body(w, ',/*x*/"y":1'),
        body(w, ','),
        body(w, ',"x":NaN'),
        body(w, ',"x":Infinity'),
        body(w, ',"x":0x10'),
        body(w, ',"x":01'),
        body(w, ',"x":+1'),
        body(w, ',"x":.5'),
        body(w, ",'x':1"),
        body(w, ',x:1'),
        body(w, ',"x":"a\nb"'),
        body(w, ',"x":undefined'),
        JSON.stringify(w.claims()).replaceAll('"', "'"),
      ].map((text) => payload(w, text)),
  },
  {
    what: 'a byte order mark before the payload',
    ids: 'STR-023',
    tokens: (w) => payload(w, `\ufeff${JSON.stringify(w.claims())}`),
  },
  {
    what: 'bytes that are no UTF-8',
    ids: 'STR-025',
    tokens: (w) =>
      [
        [0xc0, 0xaf],
        [0xe0, 0x80, 0xaf],
        [0xed, 0xa0, 0x80],
        [0xff],
        [0xc3],
        [0xf4, 0x90, 0x80, 0x80],
        [0x80],
      ].map((bytes) => {
        const [before = '', after = ''] = JSON.stringify(w.claims({ sub: 'SPLIT' })).split('SPLIT')
        return payload(w, Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]))
      }),
  },
  {
    what: 'a payload in UTF-16',
    tokens: (w) => payload(w, Buffer.from(JSON.stringify(w.claims()), 'utf16le')),
  },
  {
    what: 'a claim twice, at any depth',
    ids: 'STR-028',
    tokens: (w) =>
      [
        body(w, ',"sub":"admin"'),
        body(w, ',"x":{"y":1,"y":1}'),
        body(w, ',"x":[{"":1,"":2}]'),
        body(w, ',"__proto__":1,"__proto__":2'),
      ].map((text) => payload(w, text)),
  },
  {
    what: 'a claim twice, once in escapes',
    ids: 'STR-029',
    tokens: (w) =>
      [
        body(w, ',"\\u0065xp":9999999999'),
        body(w, ',"\\u0061ud":"https://api.example"'),
        body(w, ',"s\\u0063ope":"admin"'),
      ].map((text) => payload(w, text)),
  },
  {
    what: 'claims in capitals',
    ids: 'STR-030',
    tokens: (w) => {
      const capitals = Object.fromEntries(
        Object.entries(w.claims()).map(([name, value]) => [name.toUpperCase(), value]),
      )
      return [payload(w, JSON.stringify(capitals)), w.token({ claims: { exp: undefined, Exp: 9999999999 } })]
    },
  },
  {
    what: 'deep nesting, signed and not',
    ids: 'STR-031',
    tokens: (w) =>
      [65, 3000, 5000].flatMap((depth) => {
        const token = payload(w, body(w, `,"x":${'['.repeat(depth)}${']'.repeat(depth)}`))
        return [token, `${token.slice(0, token.lastIndexOf('.'))}.AAAA`]
      }),
  },
  {
    what: 'nesting of 60 levels is no attack',
    status: 200,
    tokens: (w) => payload(w, body(w, `,"x":${'{"a":'.repeat(60)}1${'}'.repeat(60)}`)),
  },
  {
    what: 'numbers outside of IEEE 754',
    ids: 'STR-034',
    tokens: (w) =>
      ['1e400', '-1e400', '123456789012345678901234567890', '1e308'].map((exp) =>
        payload(w, JSON.stringify(w.claims({ exp: 'EXP' })).replace('"EXP"', exp)),
      ),
  },
  {
    what: 'claims with odd names next to good ones',
    ids: 'STR-035',
    status: 200,
    tokens: (w) =>
      payload(
        w,
        body(w, ',"":1,"__proto__":1,"constructor":1,"hasOwnProperty":1,"toString":1,"then":1,"toJSON":1'),
      ),
    sees: (seen) =>
      expect(Object.keys(seen.claims)).toEqual(
        expect.arrayContaining(['', '__proto__', 'constructor', 'hasOwnProperty']),
      ),
  },
]

/**
 * The first token that is at least this long: padding grows in steps of three bytes to four
 * characters.
 */
function ofAtLeast(w: World, length: number): string {
  const missing = length - w.token({ claims: { pad: '' } }).length
  for (let pad = Math.floor(missing * 0.75) - 4; ; pad++) {
    const token = w.token({ claims: { pad: 'p'.repeat(pad) } })
    if (token.length >= length) return token
  }
}

const size: Case[] = [
  {
    what: 'a large payload without a signature',
    ids: 'STR-032',
    tokens: (w) => {
      const token = w.token({ claims: { pad: 'p'.repeat(10_500) } })
      return `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(342)}`
    },
  },
  {
    what: 'a token longer than its limit',
    ids: 'STR-033',
    options: () => ({ maxTokenBytes: 2048 }),
    tokens: (w) => ofAtLeast(w, 2049),
  },
  {
    what: 'a token of exactly its limit',
    ids: 'STR-033',
    status: 200,
    options: (w) => ({ maxTokenBytes: ofAtLeast(w, 2048).length }),
    tokens: (w) => ofAtLeast(w, 2048),
  },
  {
    what: 'no payload, header or signature that ever ends',
    tokens: () => ['a'.repeat(14_000), `${'a.'.repeat(6000)}a`, '.'.repeat(12_000)],
  },
]

export const structureCases: readonly Case[] = [...encoding, ...json, ...size]
