/** The body of anything like a `Response`, as chunks of bytes. */

/**
 * The part of a `Response` that is used. The body may be a web stream, a Node stream, or absent.
 */
export interface FetchResponse {
  readonly status: number
  readonly redirected?: boolean
  readonly headers: { get(name: string): string | null | undefined }
  readonly body?: unknown
  arrayBuffer?(): Promise<ArrayBuffer>
  text?(): Promise<string>
  json?(): Promise<unknown>
}

export interface ReadableBody {
  readonly chunks: AsyncIterable<Uint8Array>
  /** Gives up the rest. Does not throw, and may be called at any time. */
  discard(): void
}

export function readableBody(response: Omit<FetchResponse, 'headers'>): ReadableBody {
  const { body } = response
  if (isWebStream(body)) return webBody(body)
  if (isIterable(body)) return iterableBody(body)
  return { chunks: wholeBody(response), discard: () => undefined }
}

interface Reader {
  read(): Promise<{ readonly done: boolean; readonly value?: unknown }>
  cancel(): Promise<void>
}

/** Some web streams have no async iterator. */
interface WebStream {
  getReader(): Reader
}

interface Iterable extends AsyncIterable<unknown> {
  /** Of a Node stream. */
  on?(event: 'error', listener: () => void): unknown
  destroy?(): unknown
}

function isWebStream(body: unknown): body is WebStream {
  return hasMethod(body, 'getReader')
}

function isIterable(body: unknown): body is Iterable {
  return hasMethod(body, Symbol.asyncIterator)
}

function hasMethod(value: unknown, name: PropertyKey): boolean {
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
  return { chunks: chunks(), discard: () => void cancel().catch(() => undefined) }
}

function iterableBody(stream: Iterable): ReadableBody {
  // node-fetch emits an error on the body when the signal aborts, which would end the process.
  if (hasMethod(stream, 'on')) stream.on?.('error', () => undefined)
  async function* chunks(): AsyncIterable<Uint8Array> {
    for await (const chunk of stream) yield toBytes(chunk)
  }
  const discard = (): void => {
    if (hasMethod(stream, 'destroy')) stream.destroy?.()
  }
  return { chunks: chunks(), discard }
}

async function* wholeBody(response: Omit<FetchResponse, 'headers'>): AsyncIterable<Uint8Array> {
  const { body } = response
  if (body !== undefined && body !== null) yield toBytes(body)
  else if (hasMethod(response, 'arrayBuffer')) yield toBytes(await response.arrayBuffer?.())
  else if (hasMethod(response, 'text')) yield toBytes(await response.text?.())
  else if (hasMethod(response, 'json')) yield toBytes(JSON.stringify(await response.json?.()))
}

/** By tag, because values may come from another realm. */
function toBytes(chunk: unknown): Uint8Array {
  if (typeof chunk === 'string') return Buffer.from(chunk)
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  if (Object.prototype.toString.call(chunk) === '[object ArrayBuffer]')
    return new Uint8Array(chunk as ArrayBuffer)
  throw new TypeError('The body of the response has chunks that are not bytes')
}
