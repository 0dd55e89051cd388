import { EventEmitter } from 'node:events'
import { Readable } from 'node:stream'
import type { FetchFunction } from 'express-resource-server'
import { Harness, outcome, QUICK } from '../../support/key-harness.js'

const harness = new Harness()
afterEach(() => harness.close())

const headers = new Headers()

/** A web stream of a polyfill, without an async iterator. */
function plainWebStream(text: string): object {
  const reader = new Response(text).body!.getReader()
  return { getReader: () => reader }
}

/** What stands in for a response, by the text of the document. */
const shapes: readonly [string, (text: string) => unknown][] = [
  ['a Response', (text) => new Response(text)],
  ['a web stream', (text) => ({ status: 200, headers, body: new Response(text).body })],
  [
    'a web stream without an async iterator',
    (text) => ({ status: 200, headers, body: plainWebStream(text) }),
  ],
  ['a Node stream of bytes', (text) => ({ status: 200, headers, body: Readable.from([Buffer.from(text)]) })],
  [
    'a Node stream of text',
    (text) => ({ status: 200, headers, body: Readable.from([text.slice(0, 9), text.slice(9)]) }),
  ],
  ['a body that is text', (text) => ({ status: 200, headers, body: text })],
  ['a body that is bytes', (text) => ({ status: 200, headers, body: Buffer.from(text) })],
  [
    'a body that is an ArrayBuffer',
    (text) => ({ status: 200, headers, body: new TextEncoder().encode(text).buffer }),
  ],
  [
    'arrayBuffer() alone',
    (text) => ({ status: 200, headers, arrayBuffer: () => new Response(text).arrayBuffer() }),
  ],
  ['text() alone', (text) => ({ status: 200, headers, body: null, text: () => Promise.resolve(text) })],
  ['json() alone', (text) => ({ status: 200, headers, json: () => Promise.resolve(JSON.parse(text)) })],
  ['headers in a Map', (text) => ({ status: 200, headers: new Map(), body: text })],
  ['headers in an object', (text) => ({ status: 200, headers: { etag: '"1"' }, body: text })],
  ['no headers', (text) => ({ status: 200, body: text })],
  ['null for headers', (text) => ({ status: 200, headers: null, body: text })],
  ['ok and json() alone', (text) => ({ ok: true, json: () => Promise.resolve(JSON.parse(text)) })],
  ['a Blob', (text) => ({ status: 200, headers, body: new Blob([text]) })],
  ['a Blob and text()', (text) => ({ ...readable(text), body: new Blob([text]) })],
  [
    'a Blob without a stream',
    (text) => ({ status: 200, headers, body: { size: text.length, text: () => Promise.resolve(text) } }),
  ],
  ['a parsed body and json()', (text) => ({ ...parsed(text), body: JSON.parse(text) })],
  ['a body of chunks in an array and text()', (text) => ({ ...readable(text), body: [Buffer.from(text)] })],
  ['false for a body and text()', (text) => ({ ...readable(text), body: false })],
  ['a function for a body and text()', (text) => ({ ...readable(text), body: () => text })],
  ['a stream of old and text()', (text) => ({ ...readable(text), body: new EventEmitter() })],
]

const readable = (text: string) => ({ status: 200, headers, text: () => Promise.resolve(text) })
const parsed = (text: string) => ({ status: 200, headers, json: () => Promise.resolve(JSON.parse(text)) })

const endless = { stream: () => new ReadableStream() }

describe('an answer of a custom fetch with', () => {
  test.each(shapes)('%s is read', async (_title, shape) => {
    const server = await harness.keyServer()
    const fetch = (() => Promise.resolve(shape(JSON.stringify(server.jwks)))) as FetchFunction
    expect(await outcome(harness.api(server, {}, { fetch }).verify(server.token()))).toEqual({
      status: 200,
    })
  })

  test.each(shapes.filter(([, shape]) => !(shape('{}') instanceof Response)))(
    '%s is refused above the limit',
    async (_title, shape) => {
      const server = await harness.keyServer()
      const text = JSON.stringify({ ...server.jwks, filler: 'x'.repeat(2048) })
      const fetch = (() => Promise.resolve(shape(text))) as FetchFunction
      const api = harness.api(server, { maxBytes: 1024 }, { fetch })
      expect(await outcome(api.verify(server.token()))).toMatchObject({ status: 503 })
      expect(api.health().issuers[0]).toMatchObject({ lastFailure: 'too_large' })
    },
  )

  test.each<[string, unknown, string]>([
    ['404 and a Node stream', { status: 404, headers, body: Readable.from(['x']) }, 'status'],
    ['429 and no body', { status: 429, headers: { get: () => null } }, 'status'],
    ['500 and a body without methods', { status: 404, headers, body: {} }, 'status'],
    ['chunks that are numbers', { status: 200, headers, body: Readable.from([1, 2]) }, 'network'],
    ['a body that is a number', { status: 200, headers, body: 7 }, 'network'],
    ['no status', {}, 'status'],
    ['no status and not ok', { ok: false, json: () => Promise.resolve({ keys: [] }) }, 'status'],
    ['a parsed body and no method', { status: 200, headers, body: { keys: [] } }, 'network'],
    ['text() that gives no text', { status: 200, headers, text: () => Promise.resolve({}) }, 'network'],
    ['json() that never answers', { status: 200, headers, json: () => new Promise(() => {}) }, 'timeout'],
    ['a Blob that never ends', { status: 200, headers, body: endless }, 'timeout'],
    ['json() that rejects', { status: 200, headers, json: () => Promise.reject(new Error('no')) }, 'network'],
  ])('%s is the failure that it is', async (_title, response, lastFailure) => {
    const server = await harness.keyServer()
    const fetch = (() => Promise.resolve(response)) as FetchFunction
    const api = harness.api(server, lastFailure === 'timeout' ? QUICK : {}, { fetch })
    expect(await outcome(api.verify(server.token()))).toMatchObject({ status: 503 })
    expect(api.health().issuers[0]).toMatchObject({ lastFailure })
  })

  test.each<[string, () => { readonly body: unknown; readonly wasEnded: () => boolean }]>([
    [
      'a Node stream that never ends is destroyed',
      () => {
        const body = new Readable({ read: () => undefined })
        return { body, wasEnded: () => body.destroyed }
      },
    ],
    [
      'a web stream that never ends is cancelled',
      () => {
        let isCancelled = false
        const body = new ReadableStream({ cancel: () => void (isCancelled = true) })
        return { body, wasEnded: () => isCancelled }
      },
    ],
  ])('%s at the deadline', async (_title, make) => {
    const server = await harness.keyServer()
    const { body, wasEnded } = make()
    const fetch = (() => Promise.resolve({ status: 200, headers, body })) as FetchFunction
    const api = harness.api(server, QUICK, { fetch })
    expect(await outcome(api.verify(server.token()))).toMatchObject({ status: 503 })
    expect(wasEnded()).toBe(true)
  })

  test.each<[string, (read: () => Promise<string>) => object]>([
    ['text()', (read) => ({ text: read })],
    ['json()', (read) => ({ json: read })],
    ['text() of a body of its own', (read) => ({ body: { text: read } })],
  ])('an announced length above the limit, and %s is not called', async (_title, shape) => {
    const server = await harness.keyServer()
    let calls = 0
    const read = (): Promise<string> => {
      calls++
      return Promise.resolve(JSON.stringify(server.jwks))
    }
    const answer = { status: 200, headers: { 'Content-Length': '1000000' }, ...shape(read) }
    const fetch = (() => Promise.resolve(answer)) as unknown as FetchFunction
    const api = harness.api(server, { maxBytes: 1024 }, { fetch })
    expect(await outcome(api.verify(server.token()))).toMatchObject({ status: 503 })
    expect(api.health().issuers[0]).toMatchObject({ lastFailure: 'too_large' })
    expect(calls).toBe(0)
  })

  test('a body that fails to end, at the deadline, harms nobody', async () => {
    const server = await harness.keyServer()
    const unhandled: unknown[] = []
    const listener = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', listener).on('uncaughtException', listener)
    const trouble = (): never => {
      throw new Error('no')
    }
    const late: (() => void)[] = []
    const read = (): Promise<never> =>
      new Promise((_resolve, reject) => {
        late.push(() => {
          reject(new Error('late'))
        })
      })
    const old = Object.assign(new EventEmitter(), { destroy: trouble })
    const rejecting = {
      [Symbol.asyncIterator]: () => ({ next: read }),
      destroy: () => Promise.reject(new Error()),
    }
    for (const body of [old, rejecting]) {
      const answer = { status: 200, headers, body, text: read }
      const fetch = (() => Promise.resolve(answer)) as unknown as FetchFunction
      const api = harness.api(server, { attemptTimeoutMs: 100, flightTimeoutMs: 100 }, { fetch })
      expect(await outcome(api.verify(server.token()))).toMatchObject({ status: 503 })
    }
    for (const reject of late) reject()
    old.emit('error', new Error('late'))
    await new Promise((resolve) => setTimeout(resolve, 5))
    process.off('unhandledRejection', listener).off('uncaughtException', listener)
    expect(late.length).toBeGreaterThanOrEqual(2)
    expect(unhandled).toEqual([])
  })

  test('a body that comes after the deadline is given up', async () => {
    const server = await harness.keyServer()
    const body = new Readable({ read: () => undefined })
    let answer: (response: never) => void = () => undefined
    const fetch: FetchFunction = () => new Promise((resolve) => (answer = resolve))
    expect(await outcome(harness.api(server, QUICK, { fetch }).verify(server.token()))).toMatchObject({
      status: 503,
    })
    answer({ status: 200, headers, body } as never)
    await new Promise((resolve) => setImmediate(resolve))
    expect(body.destroyed).toBe(true)
  })
})
