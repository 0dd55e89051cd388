/** Makes Rollup write one file that all entries share, even if there are many entries. */

/** The entry of the command line. It imports other entries, and must not make them share more. */
export const PROGRAM = 'cli'

/**
 * Puts each module that several entries import, directly or not, into the chunk 'shared'. Other
 * modules stay with their entry, so an entry that is not imported costs nothing.
 * @type {import('rollup').GetManualChunk}
 */
export const sharedChunk = (id, { getModuleInfo }) => {
  const entries = new Set()
  const seen = new Set()
  const pending = [id]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    const info = getModuleInfo(next)
    if (info?.isEntry && !next.includes(`/lib/${PROGRAM}/`)) entries.add(next)
    pending.push(...(info?.importers ?? []), ...(info?.dynamicImporters ?? []))
  }
  return entries.size > 1 ? 'shared' : undefined
}
