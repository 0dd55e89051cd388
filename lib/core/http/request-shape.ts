/** Clear errors for requests of other shapes than Node's, such as those of fetch handlers. */
import { isObject } from '../base/own.js'
import { ConfigurationError } from '../errors/errors.js'
import type { ResourceRequest } from './request.js'

const ADVICE =
  'Headers must be a plain object with names in lower case. For a fetch Request, pass ' +
  '{ method: request.method, url: request.url, headers: Object.fromEntries(request.headers) }'

/** @throws {ConfigurationError} for anything but an object with headers. */
export function assertHasHeaders(request: unknown): void {
  if (isObject(request) && isObject(request['headers'])) return
  throw new ConfigurationError(`authenticate: needs a request with headers. ${ADVICE}`)
}

/**
 * For a request without credentials: they may stand where nothing looks. `vary` names the headers
 * that are read.
 *
 * @throws {ConfigurationError} for a `Headers` object, and names with capitals.
 */
export function assertPlainHeaders({ headers }: ResourceRequest, vary = ''): void {
  const read = new Set(vary.toLowerCase().split(', '))
  const isMisspelt = (name: string): boolean => {
    const lower = name.toLowerCase()
    return name !== lower && read.has(lower)
  }
  const isCollection = typeof Reflect.get(headers, 'get') === 'function'
  if (isCollection || Object.keys(headers).some(isMisspelt))
    throw new ConfigurationError(`authenticate: found no credentials. ${ADVICE}`)
}
