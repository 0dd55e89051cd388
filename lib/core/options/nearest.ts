/** The known name that a misspelt one was probably meant to be. */

const MAX_DISTANCE_SHARE = 0.4

/** Names that other packages use for the same thing. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ['issuerbaseurl', 'issuer'],
  ['issuers', 'issuer'],
  ['domain', 'issuer'],
  ['aud', 'audience'],
  ['jwksurl', 'jwksUri'],
  ['jwks_uri', 'jwksUri'],
  ['discoveryurl', 'metadataUrl'],
  ['alg', 'algorithms'],
  ['tokensigningalg', 'algorithms'],
  ['clocktolerance', 'clockToleranceSeconds'],
  ['leeway', 'clockToleranceSeconds'],
  ['maxtokenage', 'maxTokenAgeSeconds'],
  ['maxage', 'maxTokenAgeSeconds'],
  ['authrequired', 'optional'],
  ['credentialsrequired', 'optional'],
  ['strict', 'profile'],
  ['gettoken', 'acceptTokenFrom'],
])

export function nearest(name: string, known: readonly string[]): string | undefined {
  const lowerCased = name.toLowerCase()
  const synonym = SYNONYMS.get(lowerCased)
  if (synonym !== undefined && known.includes(synonym)) return synonym
  const [best] = known
    .map((each) => ({ each, distance: editDistance(lowerCased, each.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  return best !== undefined && best.distance <= best.each.length * MAX_DISTANCE_SHARE ? best.each : undefined
}

/** Levenshtein's, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
