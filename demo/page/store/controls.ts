/** The switches of the demo's servers. */

export type KeyEndpointMode = 'up' | 'slow' | 'down'

export async function control<T>(
  name: 'rotate' | 'key-endpoint' | 'throughput',
  body: object = {},
): Promise<T> {
  const response = await fetch(`/controls/${name}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`The switch did not work (${response.status}).`)
  return (await response.json()) as T
}
