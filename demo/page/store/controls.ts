/** Calls the control endpoints of the demo's servers. */
import { postJson } from '../exchange.js'

export type KeyEndpointMode = 'up' | 'slow' | 'down'

export async function control<T>(
  name: 'rotate' | 'key-endpoint' | 'throughput' | 'revoke' | 'decryption-key',
  body: object = {},
): Promise<T> {
  const { answer } = await postJson(`/controls/${name}`, {}, body)
  if (answer.status >= 400) throw new Error(`The request failed with status ${answer.status}.`)
  return JSON.parse(answer.body) as T
}
