/** oidc-provider's storage in a Map: sessions, codes, registered clients and used assertions. */

type Payload = Record<string, unknown>

interface Entry {
  payload: Payload
  readonly expiresAt: number
}

export function memoryAdapter() {
  const entries = new Map<string, Entry>()

  return (model: string) => {
    async function findBy(name: string, value: string) {
      const keys = [...entries.keys()].filter((key) => key.startsWith(`${model}:`))
      return keys.map(alive).find((payload) => payload?.[name] === value)
    }

    return {
      find: async (id: string) => alive(`${model}:${id}`),
      findByUid: (uid: string) => findBy('uid', uid),
      findByUserCode: (userCode: string) => findBy('userCode', userCode),
      async upsert(id: string, payload: Payload, expiresInSeconds = Infinity) {
        entries.set(`${model}:${id}`, { payload, expiresAt: Date.now() + expiresInSeconds * 1000 })
      },
      async consume(id: string) {
        const payload = alive(`${model}:${id}`)
        if (payload) payload['consumed'] = Math.floor(Date.now() / 1000)
      },
      async destroy(id: string) {
        entries.delete(`${model}:${id}`)
      },
      async revokeByGrantId(grantId: string) {
        for (const [key, { payload }] of entries) if (payload['grantId'] === grantId) entries.delete(key)
      },
    }
  }

  function alive(key: string) {
    const entry = entries.get(key)
    return entry && Date.now() < entry.expiresAt ? entry.payload : undefined
  }
}
