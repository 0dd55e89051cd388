/** Finds the known name that an unknown one was probably meant to be. */

const MAX_DISTANCE_SHARE = 0.4
const MIN_PREFIX_LENGTH = 3

/** Names that other packages use for the same thing, in lower case. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ['issuerbaseurl', 'issuer'],
  ['issuers', 'issuer'],
  ['domain', 'issuer'],
  ['authority', 'issuer'],
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
  ['cachemaxage', 'ttlSeconds'],
  ['cooldownduration', 'cooldownSeconds'],
  ['timeout', 'attemptTimeoutMs'],
  ['timeoutduration', 'attemptTimeoutMs'],
])

export function nearest(name: string, known: readonly string[]): string | undefined {
  const lowerCased = name.toLowerCase()
  const synonym = SYNONYMS.get(lowerCased)
  if (synonym !== undefined && known.includes(synonym)) return synonym
  return withUnit(lowerCased, known) ?? similar(lowerCased, known)
}

/** The one name that continues this one, as `ttlSeconds` continues `ttl`. */
function withUnit(name: string, known: readonly string[]): string | undefined {
  if (name.length < MIN_PREFIX_LENGTH) return undefined
  const longer = known.filter((each) => each.toLowerCase().startsWith(name))
  return longer.length === 1 ? longer[0] : undefined
}

function similar(name: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((each) => ({ each, distance: editDistance(name, each.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  return best !== undefined && best.distance <= best.each.length * MAX_DISTANCE_SHARE ? best.each : undefined
}

/** The Levenshtein distance, one row at a time. */
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
