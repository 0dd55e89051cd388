/** Reads one parameter of a form in the body of a request, whether or not a body parser has read it. */
import type { IncomingMessage } from 'node:http'
import { isObject, isString, own } from '../core/base/own.js'
import { LogoutRefusal } from './refusal.js'

const MAX_BYTES = 16_384
const FORM = /^application\/x-www-form-urlencoded *(?:;|$)/i

/** Rejects with a LogoutRefusal if there is not exactly one. */
export async function readParameter(req: IncomingMessage, name: string): Promise<string> {
  if (!FORM.test(req.headers['content-type'] ?? '')) throw new LogoutRefusal('form')
  const body = (req as { readonly body?: unknown }).body
  const isBytes = body instanceof Uint8Array
  if (isObject(body) && !isBytes && Object.hasOwn(body, name)) return only([own(body, name)])
  if (isString(body)) return only(parse(body, name))
  if (isBytes) return only(parse(Buffer.from(body).toString(), name))
  // Parsers of other kinds of bodies leave an empty object, and the body unread.
  if (req.readableDidRead) throw new LogoutRefusal('form')
  return only(parse(await readText(req), name))
}

function parse(text: string, name: string): readonly unknown[] {
  return text.length > MAX_BYTES ? [] : new URLSearchParams(text).getAll(name)
}

function only(values: readonly unknown[]): string {
  const [value] = values
  if (values.length === 1 && isString(value) && value.length <= MAX_BYTES) return value
  throw new LogoutRefusal('form')
}

async function readText(req: IncomingMessage): Promise<string> {
  if (Number(req.headers['content-length'] ?? 0) > MAX_BYTES) throw new LogoutRefusal('form')
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const refuse = (cause?: unknown): void => {
      req.off('data', take)
      reject(new LogoutRefusal('form', { cause }))
    }
    const take = (chunk: Buffer): void => {
      size += chunk.length
      if (size > MAX_BYTES) refuse()
      else chunks.push(chunk)
    }
    req.on('data', take)
    req.once('end', () => {
      resolve(Buffer.concat(chunks).toString())
    })
    req.once('error', refuse)
    req.once('close', refuse)
  })
}
