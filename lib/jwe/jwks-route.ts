/** Serves the public halves of the keys. RFC 7517 §5 and §8.5.2. */
import type { JsonObject } from '../core/base/own.js'
import type { Handler } from '../core/http/request.js'

/** An issuer that keeps the set longer would encrypt with a key that was taken out. */
const MAX_AGE_SECONDS = 300

export function jwksHandler(keys: readonly JsonObject[]): Handler {
  const body = Buffer.from(JSON.stringify({ keys }))
  return function jwksRoute(_req, res) {
    res.writeHead(200, {
      'content-type': 'application/jwk-set+json',
      'cache-control': `public, max-age=${String(MAX_AGE_SECONDS)}`,
      'content-length': body.length,
    })
    res.end(body)
  }
}
