/** The body of anything like a `Response`, as chunks of bytes. */
import { isString } from '../base/own.js'

/**
 * The part of a `Response` that is used. The body may be a web stream, a Node stream, a Blob, bytes
 * or text. Anything else is read by the methods. Without a status, `ok` stands for 200.
 */
export interface FetchResponse {
  readonly status: number
  readonly ok?: boolean
  readonly redirected?: boolean
  readonly headers: { get(name: string): string | null | undefined }
  readonly body?: unknown
  arrayBuffer?(): Promise<ArrayBuffer>
  text?(): Promise<string>
  json?(): Promise<unknown>
}

export interface ReadableBody {
  readonly chunks: AsyncIterable<Uint8Array>
  /** Comes in one piece, which nothing can end early. */
  readonly isWhole: boolean
  /** Gives up the rest. Does not throw, and may be called at any time. */
  discard(): void
}

export function readableBody(response: Omit<FetchResponse, 'headers'>): ReadableBody {
  const body = isBlob(response.body) ? response.body.stream() : response.body
  if (isWebStream(body)) return webBody(body)
  keepQuiet(body)
  const chunks = isIterable(body) ? chunksOf(body) : wholeBody(response)
  return { chunks, isWhole: !isIterable(body), discard: () => void destroy(body).catch(() => undefined) }
}

interface Blob {
  stream(): unknown
}

interface Reader {
  read(): Promise<{ readonly done: boolean; readonly value?: unknown }>
  cancel(): Promise<void>
}

/** Some web streams have no async iterator. */
interface WebStream {
  getReader(): Reader
}

function isBlob(body: unknown): body is Blob {
  return hasMethod(body, 'stream')
}

function isWebStream(body: unknown): body is WebStream {
  return hasMethod(body, 'getReader')
}

function isIterable(body: unknown): body is AsyncIterable<unknown> {
  return hasMethod(body, Symbol.asyncIterator)
}

function hasMethod<N extends PropertyKey>(
  value: unknown,
  name: N,
): value is Record<N, (...args: unknown[]) => unknown> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function'
}

function webBody(stream: WebStream): ReadableBody {
  let reader: Reader | undefined
  async function* chunks(): AsyncIterable<Uint8Array> {
    reader ??= stream.getReader()
    for (let step = await reader.read(); !step.done; step = await reader.read()) yield toBytes(step.value)
  }
  async function cancel(): Promise<void> {
    reader ??= stream.getReader()
    await reader.cancel()
  }
  return { chunks: chunks(), isWhole: false, discard: () => void cancel().catch(() => undefined) }
}

/** node-fetch emits an error on the body when the signal aborts, which would end the process. */
function keepQuiet(body: unknown): void {
  if (hasMethod(body, 'on')) body.on('error', () => undefined)
}

async function destroy(body: unknown): Promise<void> {
  if (hasMethod(body, 'destroy')) await body.destroy()
}

async function* chunksOf(stream: AsyncIterable<unknown>): AsyncIterable<Uint8Array> {
  for await (const chunk of stream) yield toBytes(chunk)
}

async function* wholeBody(response: Omit<FetchResponse, 'headers'>): AsyncIterable<Uint8Array> {
  const { body } = response
  const isAtHand = isString(body) || ArrayBuffer.isView(body) || isArrayBuffer(body)
  const read = isAtHand ? undefined : (readerOf(response) ?? readerOf(body))
  if (read !== undefined) yield toBytes(await read())
  else if (body !== undefined && body !== null) yield toBytes(body)
}

/** The method that reads all of a response or a Blob. */
function readerOf(source: unknown): (() => Promise<unknown>) | undefined {
  if (hasMethod(source, 'arrayBuffer')) return async () => source.arrayBuffer()
  if (hasMethod(source, 'text')) return async () => source.text()
  if (hasMethod(source, 'json')) return async () => JSON.stringify(await source.json())
  return undefined
}

/** By tag, because values may come from another realm. */
function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return Object.prototype.toString.call(value) === '[object ArrayBuffer]'
}

function toBytes(chunk: unknown): Uint8Array {
  if (isString(chunk)) return Buffer.from(chunk)
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  if (isArrayBuffer(chunk)) return new Uint8Array(chunk)
  throw new TypeError('The body of the response has chunks that are not bytes')
}
