/** The switches of the demo's servers. */
import { postJson } from '../exchange.js'

export type KeyEndpointMode = 'up' | 'slow' | 'down'

export async function control<T>(
  name: 'rotate' | 'key-endpoint' | 'throughput',
  body: object = {},
): Promise<T> {
  const { answer } = await postJson(`/controls/${name}`, {}, body)
  if (answer.status >= 400) throw new Error(`The switch did not work (${answer.status}).`)
  return JSON.parse(answer.body) as T
}
