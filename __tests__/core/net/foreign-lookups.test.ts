import dns from 'node:dns'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { boundedLookup } from '../../../lib/core/net/lookups.js'
import { nodeTransport } from '../../../lib/core/net/node-transport.js'

type Callback = (...args: unknown[]) => void

let serial = 0

afterEach(() => {
  jest.useRealTimers()
  jest.restoreAllMocks()
})

function replaceLookup(lookup: (callback: Callback) => unknown): jest.SpyInstance {
  const replaced = (_hostname: string, _options: object, callback: Callback): unknown => lookup(callback)
  return jest.spyOn(dns, 'lookup').mockImplementation(replaced as never)
}

function look(hostname: string, all = true): Promise<unknown> {
  const lookup = boundedLookup({ signal: new AbortController().signal, report: () => undefined })
  return new Promise((resolve) => {
    lookup(hostname, { all }, (error, found) => resolve(error ?? found))
  })
}

const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
const unreadable = (name: string): Error =>
  Object.defineProperty(new Error('hidden'), name, {
    get: () => {
      throw new Error('not to be read')
    },
  })

const FOUND = [{ address: '192.0.2.1', family: 4 }]
const FAILED = { message: 'The look-up failed' }
const NOTHING = { message: 'The look-up gave no address', code: 'ENOTFOUND' }

function thenThrow(callback: Callback): never {
  callback(null, FOUND)
  throw new Error('late')
}

async function thenReject(callback: Callback): Promise<never> {
  await setImmediate()
  return thenThrow(callback)
}

// eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
const rejectWithNothing = (): Promise<never> => Promise.reject(undefined)

describe('dns.lookup, replaced by the application,', () => {
  test.each<[string, (callback: Callback) => unknown, object]>([
    ['passes undefined for no error', (callback) => callback(undefined, FOUND), FOUND],
    ['passes false for no error', (callback) => callback(false, FOUND), FOUND],
    ['ignores `all`', (callback) => callback(null, '192.0.2.1', 4), FOUND],
    ['passes addresses without families', (callback) => callback(null, ['192.0.2.1']), FOUND],
    ['passes one object', (callback) => callback(null, FOUND[0]), FOUND],
    ['passes a wrong family', (callback) => callback(null, [{ address: '192.0.2.1', family: 6 }]), FOUND],
    ['adds bad entries', (callback) => callback(null, [null, 7, 'x', {}, ...FOUND]), FOUND],
    ['answers twice', (callback) => [callback(null, FOUND), callback(new Error('again'))], FOUND],
    ['answers, then throws', thenThrow, FOUND],
    ['answers, then rejects', thenReject, FOUND],
    ['passes null', (callback) => callback(null, null), NOTHING],
    ['passes nothing', (callback) => callback(), NOTHING],
    ['passes no addresses', (callback) => callback(null, []), NOTHING],
    ['passes a host name', (callback) => callback(null, 'localhost', 4), NOTHING],
    ['passes a promise', (callback) => callback(null, Promise.resolve(FOUND)), NOTHING],
    ['passes an unreadable answer', (callback) => callback(null, revoked()), { name: 'TypeError' }],
    ['passes a string as the error', (callback) => callback('no'), FAILED],
    ['passes an unreadable object as the error', (callback) => callback(revoked()), FAILED],
    ['passes an error without readable stack', (callback) => callback(unreadable('stack')), FAILED],
    ['passes an error without readable code', (callback) => callback(unreadable('code')), FAILED],
    ['rejects', () => Promise.reject(new Error('no')), { message: 'no' }],
    ['rejects with nothing', rejectWithNothing, FAILED],
    ['returns an unreadable thenable', () => unreadable('then'), { message: 'not to be read' }],
  ])('%s', async (_title, lookup, expected) => {
    const hostname = `foreign${++serial}.test`
    const calls = replaceLookup(lookup)
    // The second round begins only if the first one has left its place.
    for (const round of [1, 2]) {
      for (const answer of await Promise.all([look(hostname), look(hostname)]))
        expect(answer).toMatchObject(expected)
      expect(calls).toHaveBeenCalledTimes(round)
    }
  })

  test('is not a function', async () => {
    const { lookup } = dns
    Reflect.set(dns, 'lookup', undefined)
    const found = look('foreign.test')
    Reflect.set(dns, 'lookup', lookup)
    expect(await found).toMatchObject({ name: 'TypeError' })
  })

  test('never answers: after two minutes the next look-up of the host begins', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] })
    const hostname = `foreign${++serial}.test`
    const calls = replaceLookup(() => undefined)
    const found = look(hostname)
    await jest.advanceTimersByTimeAsync(120_000)
    expect(await found).toMatchObject({ code: 'ETIMEOUT' })
    void look(hostname)
    expect(calls).toHaveBeenCalledTimes(2)
    await jest.advanceTimersByTimeAsync(120_000)
  })

  test('lets Node.js connect, also in the same tick', async () => {
    const server = http.createServer((_req, res) => res.end())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    replaceLookup((callback) => callback(undefined, '127.0.0.1', 4))
    const url = new URL(`http://foreign.test:${(server.address() as AddressInfo).port}`)
    const answer = await nodeTransport(url, { headers: {} }, AbortSignal.timeout(10_000))
    answer.discard()
    server.close()
    expect(answer.status).toBe(200)
  })
})
