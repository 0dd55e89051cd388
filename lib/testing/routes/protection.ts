/**
 * Which servers and guards every request for a route has passed. Paths cannot be compared in
 * general, so requests are tried: one that a guard does not see is enough.
 */
import type { Brand } from '../../core/base/brand.js'
import { follow, isEverywhere } from './layers.js'
import type { Layer } from './layers.js'
import { withoutSlashesAtEnd } from './patterns.js'
import type { Pattern } from './patterns.js'
import { combine, samplesOf } from './samples.js'
import type { Checkpoint, Endpoint } from './walk.js'

/** Paths that lead through the chain, for one pattern of each of its layers. */
export function pathsThrough(
  chain: readonly Layer[],
  patterns: readonly Pattern[],
  words: readonly string[],
): readonly string[] {
  let paths: readonly string[] = ['']
  for (const { source } of patterns) {
    if (source === undefined) return []
    paths = combine(paths, samplesOf(source, words))
  }
  const tried = new Set(paths.flatMap(variantsOf))
  return [...tried].filter((path) => path.startsWith('/') && follow(chain, path) !== undefined)
}

/** Routers may or may not care about case and about a slash at the end. */
function variantsOf(path: string): readonly string[] {
  const inOtherCase = path.replace(/\p{L}/gu, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  )
  return [path, inOtherCase].flatMap((each) => [each, withoutSlashesAtEnd(each), `${each}/`, `${each}/x`])
}

/** The servers and guards that no request of the endpoint goes round, in their order. */
export function brandsInFront(
  { chain, method, passed, own }: Endpoint,
  paths: readonly string[],
): readonly Brand[] {
  const before = passed.filter((checkpoint) => {
    if (checkpoint.method !== undefined && checkpoint.method !== method) return false
    return isOnTheWay(checkpoint, chain) || seesAll(checkpoint, paths)
  })
  return [...before.map(({ brand }) => brand), ...own]
}

/** Whether it shares the mounts of the endpoint, and has no path of its own below them. */
function isOnTheWay({ chain, parameter }: Checkpoint, endpoint: readonly Layer[]): boolean {
  if (parameter !== undefined) return false
  const shared = chain.findIndex((layer, index) => layer !== endpoint[index])
  return shared === -1 || chain.slice(shared).every(isEverywhere)
}

function seesAll({ chain, parameter }: Checkpoint, paths: readonly string[]): boolean {
  if (paths.length === 0) return false
  return paths.every((path) => {
    const match = follow(chain, path)
    return match !== undefined && (parameter === undefined || hasParameter(match.params, parameter))
  })
}

/** Express calls the handlers of a parameter only where the path has a value for it. */
function hasParameter(params: Readonly<Record<string, unknown>>, name: string): boolean {
  return Object.hasOwn(params, name) && params[name] !== undefined
}

/**
 * Whether a principal is certain. An optional server lets anonymous requests pass and a report-only
 * one all, but a guard refuses the anonymous where an enforcing server has run before.
 */
export function isClosed(brands: readonly Brand[]): boolean {
  let isEnforced = false
  for (const brand of brands) {
    if (brand.kind === 'guard') {
      if (isEnforced) return true
    } else if (!brand.isReportOnly) {
      if (!brand.isOptional) return true
      isEnforced = true
    }
  }
  return false
}
