/** What a schema's output may hold, and that no request sees what another one did to it. */
import { resourceServer } from 'express-resource-server'
import type { StandardSchema } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'

const issuer = createTestIssuer()

/** A schema whose output is made anew at each run, and a count of its runs. */
function serverWith<T>(make: () => T | Promise<T>) {
  const runs = { count: 0 }
  const wrap = (value: T) => {
    runs.count++
    return { value }
  }
  const claims: StandardSchema<T> = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: () => {
        const made = make()
        return made instanceof Promise ? made.then(wrap) : wrap(made)
      },
    },
  }
  return { api: resourceServer({ ...issuer.options, claims }), runs }
}

class Counter {
  #count = 0
  get count(): number {
    return this.#count
  }
  add(): void {
    this.#count++
  }
}

const TAG = Symbol('tag')

type Parts = readonly [
  title: string,
  make: () => any,
  change: (part: any) => void,
  read: (part: any) => unknown,
]

const changeable: Parts[] = [
  ['a Date', () => new Date(0), (date) => date.setFullYear(2000), Number],
  ['a Map', () => new Map([[1, 2]]), (map) => map.clear(), (map) => map.size],
  ['a Set', () => new Set([1]), (set) => set.add(2), (set) => set.size],
  ['a Buffer', () => Buffer.from('a'), (bytes) => bytes.fill(0), (bytes) => bytes[0]],
  ['a typed array', () => new Uint16Array(2), (list) => list.fill(7), (list) => list[1]],
  [
    'a DataView',
    () => new DataView(new ArrayBuffer(1)),
    (view) => view.setInt8(0, 1),
    (view) => view.getInt8(0),
  ],
  ['an ArrayBuffer', () => new ArrayBuffer(1), (b) => new Uint8Array(b).fill(1), (b) => new Uint8Array(b)[0]],
  ['a URL', () => new URL('https://a.test/'), (url) => (url.pathname = '/b'), String],
  ['URLSearchParams', () => new URLSearchParams('a=1'), (query) => query.set('a', '2'), String],
  [
    'an object with private state',
    () => new Counter(),
    (counter) => counter.add(),
    (counter) => counter.count,
  ],
  [
    'a Map in a list in an object',
    () => ({ l: [new Map()] }),
    ({ l }) => l[0].set(1, 1),
    ({ l }) => l[0].size,
  ],
  ['a Map in an object without a prototype', nullWithMap, ({ map }) => map.set(1, 1), ({ map }) => map.size],
  [
    'a function with a member',
    () => Object.assign(() => 1, { calls: 0 }),
    (fn) => fn.calls++,
    (fn) => fn.calls,
  ],
  ['a Map under a symbol', () => ({ [TAG]: new Map() }), (p) => p[TAG].set(1, 1), (p) => p[TAG].size],
  ['a Date under a symbol', () => ({ [TAG]: new Date(0) }), (p) => p[TAG].setTime(1), (p) => Number(p[TAG])],
  ['a getter over a Map', getterOverMap, ({ map }) => map.set(1, 1), ({ map }) => map.size],
]

function nullWithMap(): object {
  return Object.assign(Object.create(null) as object, { map: new Map() })
}

function getterOverMap(): object {
  const inner = new Map()
  return {
    get map() {
      return inner
    },
  }
}

describe.each(changeable)('A part of the output that cannot be frozen: %s', (_title, make, change, read) => {
  test('belongs to one request, of a remembered token too', async () => {
    const { api } = serverWith(() => ({ part: make() }))
    const token = await issuer.token()
    const original = read(make())
    for (let i = 0; i < 3; i++) {
      const { part } = (await api.verify(token)).claims
      expect(read(part)).toEqual(original)
      change(part)
      expect(read(part)).not.toEqual(original)
    }
  })

  test('belongs to one of several requests that wait for the same verification', async () => {
    const { api } = serverWith(() => Promise.resolve({ part: make() }))
    const token = await issuer.token()
    const [first, second] = await Promise.all([api.verify(token), api.verify(token)])
    change(first.claims.part)
    expect(read(second.claims.part)).toEqual(read(make()))
  })
})

test.each<[string, () => unknown]>([
  ['objects and lists', () => ({ a: [{ b: 'c' }], d: null, e: 1n })],
  ['an object without a prototype', () => Object.assign(Object.create(null) as object, { a: 1 })],
  ['cycles', () => Object.assign([{}] as unknown[], {})],
])('An output of %s is shared, and the schema runs once', async (_title, make) => {
  const { api, runs } = serverWith(make)
  const token = await issuer.token()
  expect(await api.verify(token)).toBe(await api.verify(token))
  expect(runs.count).toBe(1)
})

test('What an output has under symbols is frozen with it', async () => {
  const { api, runs } = serverWith(() => ({ part: { [TAG]: { list: [{ n: 0 }] } } }))
  const token = await issuer.token()
  const { part } = (await api.verify(token)).claims
  expect((await api.verify(token)).claims.part).toBe(part)
  expect([part[TAG], part[TAG].list, part[TAG].list[0]].every(Object.isFrozen)).toBe(true)
  expect(runs.count).toBe(1)
})

test('A schema that fails at a later run refuses that request', async () => {
  let isDown = false
  const { api } = serverWith(() => {
    if (isDown) throw new Error('down')
    return { at: new Date(0) }
  })
  const token = await issuer.token()
  await api.verify(token)
  isDown = true
  await expect(api.verify(token)).rejects.toMatchObject({ code: 'ERR_INTERNAL', status: 500 })
})
