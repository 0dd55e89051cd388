import fc from 'fast-check'
import { freezeJson, parseJson, parseStrictJsonObject } from '../../../lib/core/base/strict-json.js'

function parse(text: string): unknown {
  return parseStrictJsonObject(Buffer.from(text))
}

function nested(depth: number, open: string, inner: string, close: string): string {
  return open.repeat(depth) + inner + close.repeat(depth)
}

function many(count: number, member: (index: number) => string): string {
  return `{${Array.from({ length: count }, (_, i) => member(i)).join()}}`
}

describe('strict JSON', () => {
  test('gives what JSON.parse gives, for any object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })), (object) => {
        const text = JSON.stringify(object)
        expect(parse(text)).toEqual(JSON.parse(text))
      }),
    )
  })

  test('refuses any object in which one member stands twice', () => {
    const members = fc.uniqueArray(fc.tuple(fc.string(), fc.jsonValue({ maxDepth: 2 })), {
      minLength: 1,
      selector: ([name]) => name,
    })
    fc.assert(
      fc.property(members, fc.nat(), (entries, choice) => {
        const repeated = [...entries, entries[choice % entries.length]!]
        const text = repeated
          .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
          .join()
        expect(parse(`{${text}}`)).toBeUndefined()
      }),
    )
  })

  test.each([
    ['an empty object', '{}'],
    ['white space of all four kinds around everything', ' \t\r\n{ "a" :\r\n1 , "b"\t: [ ] }\n'],
    ['members in any order', '{"z":1,"a":2}'],
    ['the same name in different objects', '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}'],
    ['colons, braces and brackets in strings', '{"a:b":"{[:,]}","c":"}}}]]]"}'],
    ['escaped quotes, and backslashes before the closing quote', '{"a\\"b":"\\\\","c\\\\\\"":"\\\\\\\\"}'],
    ['names that differ in case', '{"a":1,"A":2}'],
    ['an empty name', '{"":1}'],
    ['names of the members of Object.prototype', '{"__proto__":{"x":1},"constructor":{},"toString":1}'],
    ['text outside Latin, as it is and escaped', '{"名":"日本語","\\u00e4":"\\ud83d\\ude00"}'],
    ['an escaped NUL', '{"a":"\\u0000"}'],
    ['objects 64 deep', nested(64, '{"a":', '1', '}')],
    ['arrays 64 deep in an object that counts', `{"a":${nested(63, '[', '1', ']')}}`],
    ['escaped backslashes in front of what looks like a surrogate', '{"\\\\ud800":"\\\\udfff"}'],
    ['1900 elements', `{"a":[${Array(1900).fill('"group"').join()}]}`],
    ['a hundred objects with a list in each', many(100, (i) => `"client-${i}":{"roles":["view","edit"]}`)],
    ['many escaped quotes, backslashes and commas in a string', `{"a":"${'\\",\\\\:{'.repeat(2000)}"}`],
    ['a hundred thousand brackets in a string', `{"a":"${'['.repeat(100_000)}"}`],
  ])('accepts %s', (_title, text) => {
    expect(parse(text)).toEqual(JSON.parse(text))
  })

  test.each([
    ['a name twice', '{"a":1,"a":1}'],
    ['a name twice, once escaped', '{"exp":1,"\\u0065xp":2}'],
    ['a name twice, deep inside', '{"a":[{"b":{"c":1,"c":2}}]}'],
    ['an empty name twice', '{"":1,"":2}'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}'],
    ['a repeated name whose values hide colons', '{"a":"x:y","a":{"b":":"}}'],
    ['objects 65 deep', nested(65, '{"a":', '1', '}')],
    ['arrays 65 deep', `{"a":${nested(64, '[', '', ']')}}`],
    ['objects 10,000 deep', nested(10_000, '{"a":', '1', '}')],
    ['arrays 100,000 deep', `{"a":${nested(100_000, '[', '', ']')}}`],
    ['brackets that never close', '['.repeat(100_000)],
    ['closing brackets first', `${']'.repeat(100)}${'['.repeat(100)}`],
    ['a string that never closes', '{"a":"b'],
    ['a string that ends in an escaped quote', '{"a":"b\\"}'],
    ['4000 empty objects', `{"a":[${Array(4000).fill('{}').join()}]}`],
    [
      'a thousand objects with a name of their own',
      `{"a":[${many(1000, (i) => `{"a${i}":1}`).slice(1, -1)}]}`,
    ],
    ['a thousand objects inside objects', many(1000, (i) => `"${i}":{}`)],
    ['1100 members', many(1100, (i) => `"${i}":1`)],
    ['3000 empty arrays', `{"a":[${Array(3000).fill('[]').join()}]}`],
    ['arrays in arrays', `{"a":[${Array(1000).fill('[[1]]').join()}]}`],
    ['3000 numbers', `{"a":[${Array(3000).fill('1').join()}]}`],
    ['half a surrogate pair', '{"sub":"a\\ud800"}'],
    ['the other half', '{"sub":"\\uDFFFa"}'],
    ['both halves in the wrong order', '{"sub":"\\ude00\\ud83d"}'],
    ['a half before a whole pair', '{"sub":"\\ud83d\\ud83d\\ude00"}'],
    ['a half in a name', '{"\\ud800":1}'],
    ['a half in a list', '{"groups":["a",["\\uDBFF"]]}'],
    ['a half in a name deep inside', '{"a":[{"b":{"\\udc00":true}}]}'],
    ['an array', '[]'],
    ['a string', '"a"'],
    ['a number', '1'],
    ['true', 'true'],
    ['null', 'null'],
    ['nothing', ''],
    ['white space alone', ' '],
    ['a second value', '{"a":1}{"a":2}'],
    ['text behind', '{"a":1} x'],
    ['a comment', '{"a":1/* */}'],
    ['single quotes', "{'a':1}"],
    ['a name without quotes', '{a:1}'],
    ['a trailing comma', '{"a":1,}'],
    ['NaN', '{"a":NaN}'],
    ['Infinity', '{"a":Infinity}'],
    ['a hexadecimal number', '{"a":0x1}'],
    ['a leading zero', '{"a":01}'],
    ['a plus sign', '{"a":+1}'],
    ['a control character in a string', '{"a":"\n"}'],
    ['white space that JSON does not know', '\u00a0{"a":1}'],
    ['a NUL behind', '{"a":1}\0'],
    ['a byte order mark', '\ufeff{"a":1}'],
  ])('refuses %s', (_title, text) => {
    expect(parse(text)).toBeUndefined()
  })

  test.each([
    ['a lone continuation octet', [0x80]],
    ['an overlong slash of two octets', [0xc0, 0xaf]],
    ['an overlong slash of three octets', [0xe0, 0x80, 0xaf]],
    ['half of a surrogate pair', [0xed, 0xa0, 0x80]],
    ['a code point beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
    ['a character that is cut off', [0xe6, 0x97]],
    ['Latin-1', [0xe4]],
  ])('refuses bytes that are no UTF-8: %s', (_title, octets) => {
    const bytes = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(octets), Buffer.from('"}')])
    expect(parseStrictJsonObject(bytes)).toBeUndefined()
  })

  test('accepts more where the caller says so', () => {
    const bytes = Buffer.from(`{"a":[${Array(3000).fill('1').join()}]}`)
    expect([parseStrictJsonObject(bytes), parseStrictJsonObject(bytes, 3011)]).toEqual([
      undefined,
      JSON.parse(bytes.toString()),
    ])
  })

  test.each([
    ['a name with one half among good names', '{"a":1,"\\ud800":1}', false],
    ['a value with one half beside null', '{"a":null,"b":"\\udc00"}', false],
    ['a whole pair beside null, a number and false', '{"a":null,"b":1,"c":false,"d":"\\ud83d\\ude00"}', true],
  ])('judges escaped surrogates: %s', (_title, text, isGood) => {
    expect(parse(text)).toEqual(isGood ? JSON.parse(text) : undefined)
  })

  test('an object costs as much as ten elements', () => {
    const cost = (text: string, maxCost: number) => parseStrictJsonObject(Buffer.from(text), maxCost)
    const text = `{"a":[${Array(5).fill('{}').join()}]}`
    // Six objects, one member, one array and four commas.
    expect([cost(text, 65), cost(text, 66)]).toEqual([undefined, JSON.parse(text)])
  })

  test('refuses UTF-16', () => {
    expect(parseStrictJsonObject(Buffer.from('{"a":1}', 'utf16le'))).toBeUndefined()
  })

  test('a member called __proto__ is a member and nothing else', () => {
    const parsed = parse('{"__proto__":{"isAdmin":true}}') as Record<string, unknown>
    expect(Object.keys(parsed)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype)
    expect(parsed['isAdmin']).toBeUndefined()
  })
})

test('parseJson gives undefined for what is no JSON', () => {
  expect([parseJson('{"a":[1]}'), parseJson('{'), parseJson('')]).toEqual([{ a: [1] }, undefined, undefined])
})

test('freezeJson freezes everything in a value, and only then', () => {
  const value = parse('{"a":[{"b":{"c":[]}}],"d":"text","e":null}') as any
  const parts = [value, value.a, value.a[0], value.a[0].b, value.a[0].b.c]
  expect(parts.some(Object.isFrozen)).toBe(false)
  freezeJson(value)
  expect(parts.every(Object.isFrozen)).toBe(true)
})
