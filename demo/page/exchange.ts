/** An HTTP request and its response, as they were on the wire. */
import { ERRORS } from './knowledge/errors.js'

export interface Exchange {
  readonly request: {
    readonly method: string
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
    readonly body?: string
  }
  readonly answer: {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
  }
}

export interface RequestOptions {
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

const STATUS: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

export function statusText(status: number): string {
  return `${status} ${STATUS[status] ?? ''}`.trim()
}

/** Rejects only if there is no response at all. The message is meant for users. */
export async function exchange(url: string, options: RequestOptions = {}): Promise<Exchange> {
  const { method = 'GET', headers = {}, body } = options
  const init = { method, headers, cache: 'no-store' as const, ...(body !== undefined && { body }) }
  const response = await fetch(url, init).catch(() => {
    throw new Error(`No response from ${new URL(url, location.href).origin}. Is the demo still running?`)
  })
  return {
    request: { method, url, headers, ...(body !== undefined && { body }) },
    answer: {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    },
  }
}

export function form(
  url: string,
  parameters: Readonly<Record<string, string>>,
  headers = {},
): Promise<Exchange> {
  const body = new URLSearchParams(parameters).toString()
  return exchange(url, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' },
    body,
  })
}

export function postJson(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: unknown,
): Promise<Exchange> {
  return exchange(url, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
}

export function bearer(token: string) {
  return { Authorization: `Bearer ${token}` }
}

/** Returns the JSON of the authorization server's response. Throws if it is a refusal. */
export function success<T>({ request, answer }: Exchange): T {
  const body = JSON.parse(answer.body) as T & { error?: string; error_description?: string }
  if (answer.status < 400) return body
  const { error = '', error_description = error } = body
  const why = ERRORS[error] ?? (error_description === '' ? 'it gave no reason' : error_description)
  const what = [new URL(request.url).pathname, statusText(answer.status), error].filter(Boolean).join(', ')
  throw new Error(`The authorization server refused the request: ${why} (${what}).`)
}
