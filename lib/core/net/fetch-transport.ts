/**
 * The transport by a custom `fetch`: the platform's, undici's, node-fetch's, or a function like
 * these.
 */
import { isString, own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import { readableBody } from './response-body.js'
import type { FetchResponse } from './response-body.js'
import type { Transport } from './transport.js'

export type { FetchResponse } from './response-body.js'

/** The part of `fetch` that is used. With `redirect: 'manual'`, it must not follow redirects. */
export type FetchFunction = (
  url: string,
  init: {
    readonly method: 'GET' | 'POST'
    /** A form; absent for GET. */
    readonly body?: string
    readonly headers: Record<string, string>
    readonly redirect: 'manual'
    readonly signal: AbortSignal
  },
) => Promise<FetchResponse>

const transports = new WeakMap<FetchFunction, Transport>()

/** Returns the same transport for the same function, so that key sources can compare them. */
export function fetchTransport(fetch: FetchFunction): Transport {
  const transport = transports.get(fetch) ?? transportBy(fetch)
  transports.set(fetch, transport)
  return transport
}

function transportBy(fetch: FetchFunction): Transport {
  return async (url, { headers, form }, signal) => {
    const response = await fetch(url.href, {
      ...(form === undefined ? { method: 'GET' } : { method: 'POST', body: form }),
      headers: { ...headers },
      redirect: 'manual',
      signal,
    })
    const body = readableBody(response)
    const discard = (): void => {
      body.discard()
    }
    // A function that ignores the signal must not read on for an answer that is too late.
    if (signal.aborted) discard()
    else signal.addEventListener('abort', discard, { once: true })
    if (response.redirected === true) {
      discard()
      throw new Error('The fetch function followed a redirect')
    }
    const header = (name: string): string | undefined => headerOf(response.headers, name)
    return {
      status: statusOf(response),
      header,
      announcedBytes: body.isWhole ? Number(header('content-length') ?? NaN) : undefined,
      body: body.chunks,
      discard,
    }
  }
}

/** Stand-ins for responses often have `ok` alone. 0 is no status. */
function statusOf({ status, ok }: Partial<FetchResponse>): number {
  return status ?? (ok === true ? 200 : 0)
}

/** Stand-ins for responses often have a plain object of headers, or none. */
function headerOf(
  headers: FetchResponse['headers'] | JsonObject | null | undefined,
  name: string,
): string | undefined {
  if (headers === undefined || headers === null) return undefined
  const value = isHeaders(headers) ? headers.get(name) : own(headers, nameIn(headers, name))
  return isString(value) ? value : undefined
}

function isHeaders(headers: FetchResponse['headers'] | JsonObject): headers is FetchResponse['headers'] {
  return typeof headers.get === 'function'
}

/** As the object spells it. */
function nameIn(headers: JsonObject, name: string): string {
  return Object.keys(headers).find((each) => each.toLowerCase() === name) ?? name
}
