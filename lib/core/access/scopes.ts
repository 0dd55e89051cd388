/** Scope values: their grammar (RFC 6749 §3.3), and which scopes imply others. */

const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/

export function isScopeToken(text: unknown): text is string {
  return typeof text === 'string' && SCOPE_TOKEN.test(text)
}

/** Maps each scope to all scopes that it implies, directly or through others. */
export type ScopeHierarchy = ReadonlyMap<string, ReadonlySet<string>>

export function closeHierarchy(direct: Readonly<Record<string, readonly string[]>>): ScopeHierarchy {
  const closed = new Map<string, ReadonlySet<string>>()
  const edges = new Map(Object.entries(direct))
  for (const [scope, first] of edges) {
    const implied = new Set<string>()
    const pending = [...first]
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (implied.has(next)) continue
      implied.add(next)
      pending.push(...(edges.get(next) ?? []))
    }
    closed.set(scope, implied)
  }
  return closed
}

export function holdsScope(held: readonly string[], scope: string, hierarchy: ScopeHierarchy): boolean {
  return held.includes(scope) || held.some((each) => hierarchy.get(each)?.has(scope) === true)
}
