/** The JSON-RPC messages in a request, as far as a guard has to know them. JSON-RPC 2.0 §4 to §6. */
import { isObject, isString, own } from '../core/base/own.js'
import { ConfigurationError, InvalidRequestError } from '../core/errors/errors.js'
import type { ResourceRequest } from '../core/http/request.js'

const NOT_PARSED =
  'requireTools found no parsed body. Put express.json() in front of it, and give the same body to the transport: ' +
  'transport.handleRequest(req, res, req.body)'

/** RFC 9110 §8.3.1, with well-formed parameters. */
const JSON_TYPE =
  /^application\/json[ \t]*(?:;[ \t]*[\w!#$%&'*+.^`|~-]+=(?:[\w!#$%&'*+.^`|~-]+|"(?:[^"\\]|\\.)*")[ \t]*)*$/i

/** Methods by which nothing is executed, so that a body need not be there. */
const WITHOUT_MESSAGES: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS'])

/**
 * The names of the tools that the request calls. Throws an InvalidRequestError for a malformed
 * message, alone or in a batch, and a ConfigurationError if nothing has parsed the body.
 */
export function calledTools(request: ResourceRequest): readonly string[] {
  const { body } = request
  if (isWithoutMessages(request)) return []
  if (body === undefined || isString(body) || body instanceof Uint8Array) throw unparsed(request)
  const messages: readonly unknown[] = Array.isArray(body) ? body : [body]
  if (messages.length === 0) throw malformed()
  return messages.flatMap(toolOf)
}

/** The parsers of Express 4 set `{}` where they find no body, or one of another type. */
function isWithoutMessages({ method, headers, body }: ResourceRequest): boolean {
  const isNothing = body === undefined || (isObject(body) && Object.keys(body).length === 0)
  return isNothing && WITHOUT_MESSAGES.has(method) && !hasBody(headers)
}

/** RFC 9112 §6.3. */
function hasBody(headers: ResourceRequest['headers']): boolean {
  const length = own(headers, 'content-length')
  return own(headers, 'transfer-encoding') !== undefined || (length !== undefined && Number(length) !== 0)
}

/**
 * What `express.json()` leaves unparsed is the client's mistake: no body, and any type but
 * `application/json`, such as `application/vnd.api+json` or two types in one header.
 */
function unparsed({ headers, body }: ResourceRequest): Error {
  const type = own(headers, 'content-type')
  const isJson = isString(type) && JSON_TYPE.test(type.trim())
  return isJson && (body !== undefined || hasBody(headers)) ? new ConfigurationError(NOT_PARSED) : malformed()
}

function toolOf(message: unknown): readonly string[] {
  if (!isObject(message) || own(message, 'jsonrpc') !== '2.0') throw malformed()
  if (!Object.hasOwn(message, 'method')) {
    // A response to a request of the server.
    if (Object.hasOwn(message, 'result') || Object.hasOwn(message, 'error')) return []
    throw malformed()
  }
  const method = own(message, 'method')
  if (!isString(method)) throw malformed()
  if (method !== 'tools/call') return []
  const params = own(message, 'params')
  const name = isObject(params) ? own(params, 'name') : undefined
  if (!isString(name)) throw malformed()
  return [name]
}

function malformed(): InvalidRequestError {
  return new InvalidRequestError('ERR_MESSAGE_MALFORMED')
}
