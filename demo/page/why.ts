/** Why the API refused a request, in words: its event says the code, the knowledge what that means. */
import type { Exchange } from './exchange.js'
import { REFUSALS } from './knowledge/refusals.js'
import { refusalOf } from './store/live.js'

/** For an answer that is no refusal, the empty text. */
export async function whyRefused({ answer }: Exchange): Promise<string> {
  if (answer.status < 400) return ''
  const code = (await refusalOf(answer.headers['x-request-id']))?.code
  if (code === undefined) return 'The API did not say why.'
  const means = REFUSALS[code]?.means
  return means === undefined ? code : `${means} (${code})`
}
