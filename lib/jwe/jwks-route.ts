/** Serves the public halves of the keys. RFC 7517 §5 and §8.5.2. */
import type { JsonObject } from '../core/base/own.js'
import type { Answer } from '../core/http/answer.js'
import { answerBy } from '../core/http/answering.js'
import type { Handler } from '../core/http/request.js'

/** An issuer that keeps the set longer would encrypt with a key that was taken out. */
const MAX_AGE_SECONDS = 300

export function jwksHandler(keys: readonly JsonObject[]): Handler {
  const body = JSON.stringify({ keys })
  const headers = {
    'content-type': 'application/jwk-set+json',
    'cache-control': `public, max-age=${String(MAX_AGE_SECONDS)}`,
    'content-length': String(Buffer.byteLength(body)),
  }
  const answer: Answer = Object.freeze({ status: 200, headers: Object.freeze(headers), body })
  return function jwksRoute(_req, res, next) {
    answerBy(() => answer, res, next)
  }
}
