import { getEventListeners } from 'node:events'
import { types } from 'node:util'
import { fetchJson } from '../../../lib/core/net/fetch-json.js'
import { UpstreamError } from '../../../lib/core/errors/upstream-error.js'
import type { JsonRequest } from '../../../lib/core/net/fetch-json.js'
import type { Transport, TransportAnswer } from '../../../lib/core/net/transport.js'

const REQUEST: Omit<JsonRequest, 'transport'> = {
  url: new URL('https://keys.test/jwks'),
  validators: undefined,
  bypassesCaches: false,
  timeoutMs: 50,
  maxBytes: 1024,
  signal: new AbortController().signal,
}

interface Canned {
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly body?: string | AsyncIterable<Uint8Array>
}

async function* bytes(text: string): AsyncIterable<Uint8Array> {
  yield Buffer.from(text)
}

function answering(...answers: Canned[]) {
  const asked: string[] = []
  const discarded: number[] = []
  const transport: Transport = (url) => {
    asked.push(url.href)
    const { status = 200, headers = {}, body = '{}' } = answers[asked.length - 1] ?? {}
    const answer: TransportAnswer = {
      status,
      header: (name) => headers[name],
      body: typeof body === 'string' ? bytes(body) : body,
      discard: () => void discarded.push(status),
    }
    return Promise.resolve(answer)
  }
  return { transport, asked, discarded }
}

/** Entries of all collections that Node.js attached to an object. */
function heldBy(target: object): number {
  const parts = Object.getOwnPropertySymbols(target).map((name): unknown => Reflect.get(target, name))
  return parts.reduce((sum: number, each) => sum + (types.isSet(each) ? each.size : 0), 0)
}

async function problemOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.catch((thrown: unknown) => thrown)
  return error instanceof UpstreamError ? error.problem : `no UpstreamError: ${String(error)}`
}

describe('the bounded request', () => {
  test('gives the document and what its headers say of its age', async () => {
    const headers = { etag: '"1"', 'last-modified': 'then', 'cache-control': 'max-age=1', age: '2' }
    const { transport } = answering({ headers, body: '{"keys":[]}' })
    expect(await fetchJson({ ...REQUEST, transport })).toEqual({
      document: { json: { keys: [] } },
      validators: { etag: '"1"', lastModified: 'then' },
      cacheControl: 'max-age=1',
      age: '2',
    })
  })

  test.each<[string, Canned, string]>([
    ['an error status', { status: 500 }, 'status'],
    ['a 206', { status: 206 }, 'status'],
    ['a 304 that was not asked for', { status: 304 }, 'status'],
    [
      'a redirect to another host',
      { status: 302, headers: { location: 'https://evil.test/jwks' } },
      'redirect',
    ],
    [
      'a redirect to another port',
      { status: 302, headers: { location: 'https://keys.test:444/jwks' } },
      'redirect',
    ],
    ['a redirect to plain http', { status: 302, headers: { location: 'http://keys.test/jwks' } }, 'redirect'],
    [
      'a redirect by protocol-relative reference',
      { status: 302, headers: { location: '//evil.test' } },
      'redirect',
    ],
    [
      'a redirect with user information',
      { status: 302, headers: { location: 'https://a:b@keys.test/' } },
      'redirect',
    ],
    ['a redirect to no URL', { status: 302, headers: { location: 'http://[' } }, 'redirect'],
    ['a body of a byte too many', { body: ' '.repeat(1025) }, 'too_large'],
    ['what is not JSON', { body: '<html>' }, 'not_json'],
  ])('refuses %s', async (_title, canned, problem) => {
    const { transport } = answering(canned)
    expect(await problemOf(fetchJson({ ...REQUEST, transport }))).toBe(problem)
  })

  test('takes a body of just the limit', async () => {
    const { transport } = answering({ body: '7'.padStart(1024) })
    expect((await fetchJson({ ...REQUEST, transport })).document).toEqual({ json: 7 })
  })

  test('discards the bodies that it does not read', async () => {
    const { transport, discarded } = answering({ status: 302, headers: { location: '/b' } }, { status: 404 })
    await problemOf(fetchJson({ ...REQUEST, transport }))
    expect(discarded).toEqual([302, 404])
  })

  test('ends by its deadline, whatever the transport does', async () => {
    const stuck: Transport = () => new Promise(() => undefined)
    expect(await problemOf(fetchJson({ ...REQUEST, transport: stuck }))).toBe('timeout')
    const endless = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) }
    const { transport } = answering({ body: endless })
    expect(await problemOf(fetchJson({ ...REQUEST, transport }))).toBe('timeout')
  })

  test('sends nothing when it is aborted before', async () => {
    const { transport, asked } = answering()
    const aborted = [AbortSignal.abort(), AbortSignal.abort(new UpstreamError('timeout'))]
    const problems = aborted.map(async (signal) => problemOf(fetchJson({ ...REQUEST, transport, signal })))
    expect(await Promise.all(problems)).toEqual(['network', 'timeout'])
    expect(asked).toEqual([])
  })

  test('ends when it is aborted meanwhile', async () => {
    const stuck: Transport = () => new Promise(() => undefined)
    const abort = new AbortController()
    const pending = problemOf(
      fetchJson({ ...REQUEST, timeoutMs: 5000, transport: stuck, signal: abort.signal }),
    )
    abort.abort(new UpstreamError('timeout'))
    expect(await pending).toBe('timeout')
  })

  test('tells the transport to stop once it has ended', async () => {
    let seen: AbortSignal | undefined
    const transport: Transport = (_url, _headers, signal) => {
      seen = signal
      return new Promise(() => undefined)
    }
    await problemOf(fetchJson({ ...REQUEST, transport }))
    expect(seen?.aborted).toBe(true)
  })

  test('leaves nothing behind at a signal that outlives it', async () => {
    const { signal } = new AbortController()
    const { transport } = answering({}, {}, { status: 500 })
    for (let i = 0; i < 4; i++) await problemOf(fetchJson({ ...REQUEST, transport, signal }))
    expect(getEventListeners(signal, 'abort')).toEqual([])
    expect(heldBy(signal)).toBe(0)
  })
})

describe('an upstream error', () => {
  test.each([
    [new UpstreamError('network'), true],
    [new UpstreamError('status', { status: 500 }), true],
    [new UpstreamError('status', { status: 429 }), true],
    [new UpstreamError('status', { status: 404 }), false],
    [new UpstreamError('timeout'), false],
    [new UpstreamError('not_json'), false],
  ])('%s is transient: %p', (error, isTransient) => {
    expect(error.isTransient).toBe(isTransient)
  })
})
