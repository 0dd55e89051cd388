import dns from 'node:dns'
import type { LookupAddress } from 'node:dns'
import { setImmediate } from 'node:timers/promises'
import { boundedLookup } from '../../../lib/core/net/lookups.js'

type Finish = (error: Error | null, addresses: LookupAddress[]) => void

/** Look-ups that have begun and not ended, in order. */
let outstanding: { hostname: string; finish: Finish }[]
let serial = 0

/** The limits belong to the process, so that each test has hosts of its own. */
const host = (name: string): string => `${name}-${serial}.test`

beforeEach(() => {
  serial++
  outstanding = []
  jest.spyOn(dns, 'lookup').mockImplementation(((hostname: string, _options: object, finish: Finish) => {
    outstanding.push({ hostname, finish })
  }) as never)
})

afterEach(async () => {
  for (let first = outstanding[0]; first !== undefined; first = outstanding[0])
    await end(first.hostname, null)
  jest.restoreAllMocks()
})

jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] })

function look(hostname: string, signal = new AbortController().signal, options = {}): Promise<unknown> {
  const lookup = boundedLookup({ signal, report: () => undefined })
  return new Promise((resolve) => {
    lookup(hostname, options, (error, address) => resolve(error?.message ?? address))
  })
}

async function end(hostname: string, error: Error | null): Promise<void> {
  const index = outstanding.findIndex((each) => each.hostname === hostname)
  const [entry] = outstanding.splice(index, 1)
  entry!.finish(error, [{ address: '192.0.2.1', family: 4 }])
  await setImmediate()
}

const timedOut = (): Error => Object.assign(new Error('getaddrinfo EAI_AGAIN'), { code: 'EAI_AGAIN' })
const begun = (): string[] => outstanding.map(({ hostname }) => hostname)

async function known(name: string): Promise<string> {
  const found = look(host(name))
  await end(host(name), null)
  await found
  return host(name)
}

/** Has no address, after a long wait for name servers. */
async function silent(name: string): Promise<string> {
  const found = look(host(name))
  await end(host(name), timedOut())
  await found
  return host(name)
}

describe('look-ups of hosts', () => {
  test('are one per host at a time, whose answer all callers get', async () => {
    const found = [look(host('a')), look(host('a')), look(host('a'), undefined, { all: true })]
    expect(begun()).toEqual([host('a')])
    await end(host('a'), null)
    const all = [{ address: '192.0.2.1', family: 4 }]
    expect(await Promise.all(found)).toEqual(['192.0.2.1', '192.0.2.1', all])
  })

  test('that were never resolved are two at a time', async () => {
    const third = [look(host('a')), look(host('b')), look(host('c'))][2]
    expect(begun()).toEqual([host('a'), host('b')])
    await end(host('b'), null)
    expect(begun()).toEqual([host('a'), host('c')])
    await end(host('c'), null)
    expect(await third).toBe('192.0.2.1')
  })

  test('that were resolved before come before those that never were', async () => {
    const living = await known('living')
    void look(host('a'))
    void look(host('b'))
    void look(host('c'))
    void look(living)
    await end(host('a'), null)
    expect(begun()).toEqual([host('b'), living])
  })

  test('that were resolved before are one at a time: all of them may have fallen silent', async () => {
    const [first, second] = [await known('first'), await known('second')]
    for (const hostname of [first, second, host('new')]) void look(hostname)
    expect(begun()).toEqual([first, host('new')])
    await end(first, null)
    expect(begun()).toEqual([host('new'), second])
  })

  test('whose last look-up timed out are one at a time, and leave a place to new ones', async () => {
    const dead = [await silent('dead1'), await silent('dead2'), await silent('dead3')]
    for (const hostname of dead) void look(hostname)
    expect(begun()).toEqual([dead[0]])
    void look(host('new'))
    expect(begun()).toEqual([dead[0], host('new')])
    await end(dead[0]!, timedOut())
    expect(begun()).toEqual([host('new'), dead[1]])
  })

  test('that were resolved before and then time out are counted among the silent', async () => {
    const [first, second] = [await known('first'), await known('second')]
    for (const hostname of [first, second]) {
      void look(hostname)
      await end(hostname, timedOut())
    }
    void look(first)
    void look(second)
    expect(begun()).toEqual([first])
  })

  test('that fail at once are not counted among the silent', async () => {
    for (const name of ['a', 'b']) {
      void look(host(name))
      await end(host(name), Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }))
    }
    void look(host('a'))
    void look(host('b'))
    expect(begun()).toEqual([host('a'), host('b')])
  })

  test('that take long are counted among the silent afterwards', async () => {
    for (const name of ['slow1', 'slow2']) {
      void look(host(name))
      await jest.advanceTimersByTimeAsync(1000)
      await end(host(name), new Error('no'))
    }
    void look(host('slow1'))
    void look(host('slow2'))
    expect(begun()).toEqual([host('slow1')])
  })

  test('that nobody waits for any more never begin', async () => {
    const abort = new AbortController()
    void look(host('a'))
    void look(host('b'))
    void look(host('c'), abort.signal)
    abort.abort()
    await end(host('a'), null)
    expect(begun()).toEqual([host('b')])
  })

  test('go on for the callers that are left', async () => {
    const abort = new AbortController()
    void look(host('a'), abort.signal)
    const found = look(host('a'))
    abort.abort()
    await end(host('a'), null)
    expect(await found).toBe('192.0.2.1')
    expect(dns.lookup).toHaveBeenCalledTimes(1)
  })

  test('that throw are failures', async () => {
    jest.mocked(dns.lookup).mockImplementationOnce(() => {
      throw new Error('not a host')
    })
    expect(await look(host('a'))).toBe('not a host')
    void look(host('a'))
    expect(begun()).toEqual([host('a')])
  })

  test.each([
    [4, '192.0.2.1'],
    ['IPv4', '192.0.2.1'],
    [0, '192.0.2.1'],
    [6, 'The host has no address of this family'],
  ])('give addresses of the family %s', async (family, expected) => {
    const found = look(host('a'), undefined, { family })
    await end(host('a'), null)
    expect(await found).toBe(expected)
  })
})

describe('when the name server of known hosts falls silent', () => {
  test('each is served with the addresses it had, after a second, and one thread is taken', async () => {
    const dead = [await known('dead1'), await known('dead2'), await known('dead3')]
    const found = Promise.all([...dead, dead[1]!].map((hostname) => look(hostname)))
    await jest.advanceTimersByTimeAsync(1000)
    expect(await found).toEqual(Array(4).fill('192.0.2.1'))
    expect(begun()).toEqual([dead[0]])
  })

  test('a living host beside them is served at once, and looked up in its turn', async () => {
    const [dead, living] = [await known('dead'), await known('living')]
    void look(dead)
    await jest.advanceTimersByTimeAsync(1000)
    const abort = new AbortController()
    expect(await look(living, abort.signal)).toBe('192.0.2.1')
    abort.abort()
    expect(begun()).toEqual([dead])
    await end(dead, timedOut())
    expect(begun()).toEqual([living])
  })

  test('a host that is known to be silent makes nobody wait', async () => {
    const [dead, living] = [await known('dead'), await known('living')]
    void look(dead)
    await end(dead, timedOut())
    expect(await Promise.all([look(dead), look(living)])).toEqual(['192.0.2.1', '192.0.2.1'])
    expect(begun()).toEqual([dead])
  })

  test('a new host beside them is looked up at once', async () => {
    void look(await known('dead'))
    const found = look(host('new'))
    await end(host('new'), null)
    expect(await found).toBe('192.0.2.1')
  })

  test('addresses are used for a day', async () => {
    const dead = await known('dead')
    await jest.advanceTimersByTimeAsync(86_400_000)
    let isServed = false
    void look(dead).then(() => (isServed = true))
    await jest.advanceTimersByTimeAsync(5000)
    expect(isServed).toBe(false)
  })

  test('a host that does not exist any more is forgotten', async () => {
    const gone = await known('gone')
    const found = look(gone)
    await end(gone, Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }))
    expect(await found).toContain('ENOTFOUND')
    let isServed = false
    void look(gone).then(() => (isServed = true))
    await jest.advanceTimersByTimeAsync(5000)
    expect(isServed).toBe(false)
  })
})

describe('when many known hosts are looked up at once', () => {
  test('each is served with the addresses it had after a second in the queue, and looked up in its turn', async () => {
    const [first, second, third] = [await known('first'), await known('second'), await known('third')]
    void look(first)
    let served = 0
    const found = Promise.all([second, third].map((hostname) => look(hostname).finally(() => served++)))
    await jest.advanceTimersByTimeAsync(600)
    await end(first, null)
    expect(begun()).toEqual([second])
    await jest.advanceTimersByTimeAsync(399)
    expect(served).toBe(0)
    await jest.advanceTimersByTimeAsync(1)
    expect(served).toBe(1)
    expect(await look(third)).toBe('192.0.2.1')
    await end(second, null)
    expect(await found).toEqual(['192.0.2.1', '192.0.2.1'])
    expect(begun()).toEqual([third])
    const again = look(third)
    await end(third, null)
    expect(await again).toBe('192.0.2.1')
  })
})
