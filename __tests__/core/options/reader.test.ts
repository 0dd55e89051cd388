import { inspect } from 'node:util'
import { ConfigurationError } from '../../../lib/core/errors/errors.js'
import { OptionReader } from '../../../lib/core/options/reader.js'

/** A value that must not appear in any message. */
const SECRET = 's3cr3t'

const show = (value: unknown): string => inspect(value, { breakLength: Infinity })

type Read = (reader: OptionReader) => unknown

const readers: Record<string, { read: Read; good: readonly unknown[]; bad: readonly unknown[] }> = {
  number: {
    read: (reader) => reader.number('option', { min: 1, max: 5 }),
    good: [1, 2.5, 5],
    bad: [0, 0.99, 5.01, SECRET, '1', true, {}, [1], null, NaN, Infinity, -Infinity],
  },
  integer: {
    read: (reader) => reader.integer('option', { min: 1, max: 5 }),
    good: [1, 5],
    bad: [0, 6, 2.5, SECRET, '1', null, NaN, Infinity],
  },
  string: {
    read: (reader) => reader.string('option'),
    good: ['a'],
    bad: ['', 0, 1, true, {}, [SECRET], () => SECRET, Symbol(SECRET), null],
  },
  strings: {
    read: (reader) => reader.strings('option'),
    good: [['a'], ['a', 'b']],
    bad: [0, true, {}, [], [''], ['a', ''], [0], [[SECRET]], null, '', () => SECRET],
  },
  oneOf: {
    read: (reader) => reader.oneOf('option', ['respond', 'next']),
    good: ['respond', 'next'],
    bad: ['Next', '', SECRET, ['next'], 'constructor', true, null],
  },
  function: {
    read: (reader) => reader.function('option'),
    good: [() => SECRET],
    bad: [0, true, SECRET, {}, [], null],
  },
  record: {
    read: (reader) => reader.record('option'),
    good: [{}, { a: 1 }],
    bad: [0, true, SECRET, [], null, () => SECRET],
  },
}

const rowsOf = (kind: 'good' | 'bad') =>
  Object.entries(readers).flatMap(([name, row]) =>
    row[kind].map((value) => [name, show(value), row.read, value] as const),
  )
const readerOf = (value: unknown) => new OptionReader({ option: value }, 'bag', ['option'])

test.each(rowsOf('good'))('%s() reads %s', (_name, _shown, read, value) => {
  expect(read(readerOf(value))).toEqual(value)
})

test.each(rowsOf('bad'))(
  '%s() refuses %s, by an error that names the option only',
  (_name, _, read, value) => {
    const act = () => read(readerOf(value))
    expect(act).toThrow(ConfigurationError)
    expect(act).toThrow(expect.objectContaining({ option: 'bag.option' }))
    expect(act).not.toThrow(SECRET)
  },
)

test.each(Object.entries(readers))(
  '%s() reads an option that is undefined or absent as such',
  (_, { read }) => {
    expect(read(readerOf(undefined))).toBeUndefined()
    expect(read(new OptionReader({}, 'bag', ['option']))).toBeUndefined()
  },
)

test('boolean() reads true and false, and an absent option as false', () => {
  expect([true, false, undefined].map((value) => readerOf(value).boolean('option'))).toEqual([
    true,
    false,
    false,
  ])
})

test.each([0, 1, SECRET, 'true', {}, [], null, () => true])('boolean() refuses %p', (value) => {
  expect(() => readerOf(value).boolean('option')).toThrow(expect.objectContaining({ option: 'bag.option' }))
})

test('strings() reads one string as a list, and an empty list only where it may be empty', () => {
  expect(readerOf('a').strings('option')).toEqual(['a'])
  expect(readerOf([]).strings('option', { mayBeEmpty: true })).toEqual([])
})

test('an inherited property is refused, and one of a polluted Object.prototype is none', () => {
  const inherited = Object.create({ option: 'inherited' }) as object
  expect(() => new OptionReader(inherited, '', ['option'])).toThrow(
    expect.objectContaining({ option: 'option' }),
  )
  Object.assign(Object.prototype, { option: 'polluted' })
  try {
    const reader = new OptionReader({}, '', ['option'])
    expect([reader.has('option'), reader.string('option')]).toEqual([false, undefined])
  } finally {
    Reflect.deleteProperty(Object.prototype, 'option')
  }
})
