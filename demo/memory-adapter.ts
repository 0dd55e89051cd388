/** What oidc-provider keeps between requests (clients that registered, assertions it has seen), in a Map. */

type Payload = Record<string, unknown>

export function memoryAdapter() {
  const entries = new Map<string, { payload: Payload; expiresAt: number }>()

  return (model: string) => ({
    async find(id: string) {
      const entry = entries.get(`${model}:${id}`)
      return entry && Date.now() < entry.expiresAt ? entry.payload : undefined
    },
    async upsert(id: string, payload: Payload, expiresInSeconds = Infinity) {
      entries.set(`${model}:${id}`, { payload, expiresAt: Date.now() + expiresInSeconds * 1000 })
    },
    async destroy(id: string) {
      entries.delete(`${model}:${id}`)
    },
  })
}
