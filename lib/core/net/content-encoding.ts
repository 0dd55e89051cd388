/**
 * Decodes a body by its `Content-Encoding`. RFC 9110 §8.4. Whoever reads the chunks counts them, so
 * that nothing is inflated beyond the limit.
 */
import type { Duplex } from 'node:stream'

type Chunks = AsyncIterable<Uint8Array>
type Decoder = 'createGunzip' | 'createInflate' | 'createInflateRaw' | 'createBrotliDecompress'

const DECODERS = new Map<string, (chunks: Chunks) => Chunks>([
  ['gzip', (chunks) => through('createGunzip', chunks)],
  ['x-gzip', (chunks) => through('createGunzip', chunks)],
  ['deflate', inflated],
  ['br', (chunks) => through('createBrotliDecompress', chunks)],
])

/** Compressions of RFC 9110 and later ones that not every supported Node.js reads. */
const UNREADABLE: ReadonlySet<string> = new Set(['compress', 'x-compress', 'zstd', 'dcb', 'dcz'])

/**
 * One compression at most: a second layer would multiply the work. Ignores names that are no
 * compression, such as `utf-8` and `none`: the parser decides about the bytes as they are.
 */
export function decoded(chunks: Chunks, contentEncoding: string): Chunks {
  const names = contentEncoding
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => DECODERS.has(name) || UNREADABLE.has(name))
  const [name] = names
  if (name === undefined) return chunks
  const decode = names.length === 1 ? DECODERS.get(name) : undefined
  return decode?.(chunks) ?? failed(new EncodingError('The answer has content encodings that are not read'))
}

function through(decoder: Decoder, chunks: Chunks): Chunks {
  const stream: Duplex = process.getBuiltinModule('node:zlib')[decoder]()
  return process.getBuiltinModule('node:stream').pipeline(chunks, stream, () => undefined)
}

/** `deflate` means the zlib format (RFC 1950), but some servers send bare deflate data (RFC 1951). */
async function* inflated(chunks: Chunks): Chunks {
  const source = chunks[Symbol.asyncIterator]()
  let first = await source.next()
  while (first.done !== true && first.value.byteLength === 0) first = await source.next()
  async function* all(): Chunks {
    for (let step = first; step.done !== true; step = await source.next()) yield step.value
  }
  const isZlib = first.done !== true && ((first.value[0] ?? 0) & 15) === 8
  yield* through(isZlib ? 'createInflate' : 'createInflateRaw', all())
}

class EncodingError extends Error {
  readonly code = 'ERR_CONTENT_ENCODING'
}

function failed(error: Error): Chunks {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) }
}
