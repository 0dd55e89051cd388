/** Explains in words why the API refused a request. */
import type { Exchange } from './exchange.js'
import { explain } from './knowledge/explain.js'
import type { Reason } from './knowledge/explain.js'
import { refusalOf } from './store/live.js'

/** Finds the event of a refused request. Returns `undefined` if the request was not refused. */
export async function reasonOf({ answer }: Exchange): Promise<Reason | undefined> {
  return answer.status < 400 ? undefined : refusalOf(answer.headers['x-request-id'])
}

/** Returns the explanation with code and hint, or an empty text if the request was not refused. */
export async function whyRefused(exchange: Exchange): Promise<string> {
  if (exchange.answer.status < 400) return ''
  const reason = await reasonOf(exchange)
  if (!reason) return 'The API gave no reason.'
  const label = reason.hint === undefined ? reason.code : `${reason.code}, hint ${reason.hint}`
  const explanation = explain(reason)
  return explanation === '' ? label : `${explanation} (${label})`
}
