import fc from 'fast-check'
import { parseBase64url } from '../../../lib/core/base/base64url.js'

const ALPHABET = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')

describe('base64url', () => {
  test('decodes what was encoded, for every length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(parseBase64url(Buffer.from(bytes).toString('base64url'))).toEqual(Buffer.from(bytes))
      }),
    )
  })

  test('reads a text in one way only: what it decodes encodes to the same text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...ALPHABET), maxLength: 12 }), (text) => {
        const bits = 6 * text.length
        const last = BigInt(Math.max(0, ALPHABET.indexOf(text.at(-1) ?? 'A')))
        const isCanonical = bits % 8 < 6 && BigInt.asUintN(bits % 8, last) === 0n
        expect(parseBase64url(text)?.toString('base64url')).toBe(isCanonical ? text : undefined)
      }),
    )
  })

  test.each([
    ['two characters', 'A', 4],
    ['three characters', 'AA', 16],
    ['four characters', 'AAA', 64],
    ['five characters', 'AAAA', 0],
  ])('of the last of %s only those whose unused bits are zero are taken', (_title, start, count) => {
    const taken = ALPHABET.filter((last) => parseBase64url(start + last) !== undefined)
    expect(taken).toHaveLength(count)
  })

  test('takes the empty text for no bytes', () => {
    expect(parseBase64url('')).toEqual(Buffer.alloc(0))
  })

  test.each([
    ['one pad character', 'AAA='],
    ['two pad characters', 'AA=='],
    ['the alphabet of plain base64', 'AA+/'],
    ['a space', 'AA A'],
    ['a line break at the end', 'AAAA\n'],
    ['a percent escape', 'AA%41'],
    ['a character that is no ASCII', 'AAÄA'],
    ['a NUL', 'AA\0A'],
    ['a dot', 'AA.A'],
    ['a length that no bytes have', 'AAAAA'],
  ])('refuses %s', (_title, text) => {
    expect(parseBase64url(text)).toBeUndefined()
  })
})
