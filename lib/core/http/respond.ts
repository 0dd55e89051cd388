/** Sends an answer through a response object. */
import type { Answer } from './answer.js'
import type { ResourceResponse, ResponseHeaders } from './request.js'

export function respond({ status, headers, body }: Answer, res: ResourceResponse): void {
  res.statusCode = status
  try {
    setHeaders(headers, res)
    res.end(body)
  } catch (thrown) {
    // Whoever answers now has another body, which caches must not keep for this one.
    if (res.headersSent !== true) removeHeaders(headers, res)
    throw thrown
  }
}

export function setHeaders(headers: ResponseHeaders, res: ResourceResponse): void {
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
}

function removeHeaders(headers: ResponseHeaders, res: ResourceResponse): void {
  for (const name of Object.keys(headers)) res.removeHeader?.(name)
}
