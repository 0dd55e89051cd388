/** Lists the routes of an Express application, with the servers and guards in front of each. */
import type { Brand, ServerBrand } from '../../core/base/brand.js'
import { ConfigurationError } from '../../core/errors/errors.js'
import { follow, routerOf } from './layers.js'
import type { Layer } from './layers.js'
import { patternsOf } from './patterns.js'
import type { Pattern } from './patterns.js'
import { brandsInFront, isClosed, pathsThrough } from './protection.js'
import { endpointsOf } from './walk.js'
import type { Endpoint } from './walk.js'

/** A route of an application. */
export interface ListedRoute {
  /** In capitals; `'ALL'` for `all()`, and for a handler given to `use()`. */
  readonly method: string
  /**
   * As it was written, with the paths of its mounts in front. ` + ` joins parts of which one is a
   * regular expression.
   */
  readonly path: string
  /**
   * Whether no request reaches the handler without a valid token: there is a server that is neither
   * optional nor report-only in front, or an optional one with a guard behind it. `false` if this
   * cannot be judged.
   */
  readonly isProtected: boolean
  /** The scopes that the guards name, in whatever combination. Without computed ones. */
  readonly scopes: readonly string[]
  /** The guards in their order, such as `requireScopes(orders:read)`. */
  readonly guards: readonly string[]
  /** The servers in their order. */
  readonly servers: readonly ('required' | 'optional' | 'report-only')[]
}

/**
 * The routes of an Express 4 or 5 application, or of one router, in the order in which they were
 * added, with the servers and guards of this package that every request for them has passed.
 *
 * It reads nested routers, mounted applications, arrays of paths, regular expressions, `all()`,
 * `route()` and `param()`. It starts nothing and calls no handler. A handler given to `use()` with a
 * path is listed as well, unless routes below its path follow.
 *
 * Not seen: what a handler given to `use()` without a path answers, such as `express.static()`;
 * handlers inside other functions; a middleware that changes `req.url`.
 *
 * @example
 * const open = routesOf(app).filter((route) => !route.isProtected)
 *
 * @throws {ConfigurationError} if `app` is neither an application nor a router of Express.
 */
export function routesOf(app: object): readonly ListedRoute[] {
  const router = routerOf(app)
  if (router === undefined) {
    throw new ConfigurationError(
      'routesOf: needs an application or a router of Express, such as express() returns',
      'app',
    )
  }
  const endpoints = endpointsOf(router)
  const patterns = new Map<Layer, readonly Pattern[]>()
  for (const layer of endpoints.flatMap(({ chain, passed }) => [
    ...chain,
    ...passed.flatMap((each) => each.chain),
  ]))
    if (!patterns.has(layer)) patterns.set(layer, patternsOf(layer))
  const words = wordsOf([...patterns.values()].flat())
  const found = endpoints.flatMap((endpoint) => variantsOf(endpoint, patterns, words))
  return found.filter((each, index) => !isPassedOn(each, found.slice(index + 1))).map(toRoute)
}

/**
 * `METHOD /path` of the routes that requests without a valid token reach, for a test that fails when
 * there is a new one. See `routesOf` for what is not seen.
 *
 * @example
 * expect(publicRoutesOf(app)).toEqual(['GET /health'])
 *
 * @throws {ConfigurationError} if `app` is neither an application nor a router of Express.
 */
export function publicRoutesOf(app: object): readonly string[] {
  const open = routesOf(app).filter(({ isProtected }) => !isProtected)
  return open.map(({ method, path }) => `${method} ${path}`)
}

/**
 * The scopes that guards of the application name and `scopesSupported` does not, for a test of the
 * metadata that clients read (RFC 9728 §2). Without computed scopes.
 *
 * @example
 * expect(unsupportedScopesOf(app, scopesSupported)).toEqual([])
 *
 * @throws {ConfigurationError} if `app` is neither an application nor a router of Express.
 */
export function unsupportedScopesOf(app: object, scopesSupported: readonly string[]): readonly string[] {
  const asked = new Set(routesOf(app).flatMap(({ scopes }) => scopes))
  return [...asked].filter((scope) => !scopesSupported.includes(scope))
}

/** An endpoint at one of its paths. */
interface Found {
  readonly endpoint: Endpoint
  readonly shown: string
  /** Requests that lead to it. */
  readonly paths: readonly string[]
}

function variantsOf(
  endpoint: Endpoint,
  patterns: ReadonlyMap<Layer, readonly Pattern[]>,
  words: readonly string[],
): readonly Found[] {
  let choices: readonly (readonly Pattern[])[] = [[]]
  for (const layer of endpoint.chain)
    choices = choices.flatMap((choice) => (patterns.get(layer) ?? []).map((pattern) => [...choice, pattern]))
  return choices.map((choice) => ({
    endpoint,
    shown: shownPath(choice, endpoint),
    paths: pathsThrough(endpoint.chain, choice, words),
  }))
}

function shownPath(patterns: readonly Pattern[], { chain }: Endpoint): string {
  const isMount = chain.at(-1)?.route === undefined
  const end: Pattern[] = isMount ? [{ shown: '/*', isExpression: false, source: undefined }] : []
  const parts = [...patterns, ...end].filter(({ shown }) => shown !== '')
  const path = parts.reduce((before, { shown, isExpression }, index) => {
    const isJoined = index > 0 && (isExpression || parts[index - 1]?.isExpression === true)
    const isSameSlash = index > 0 && shown === '/'
    return isSameSlash ? before : `${before}${isJoined ? ' + ' : ''}${shown}`
  }, '')
  return path === '' ? '/' : path
}

/** Words in negative assertions: paths with them are tried, because guards may leave them out. */
function wordsOf(patterns: readonly Pattern[]): readonly string[] {
  const sources = patterns.map(({ source }) => source ?? '').filter((source) => /\(\?<?!/.test(source))
  return [...new Set(sources.flatMap((source) => source.match(/[\w-]{2,}/g) ?? []))]
}

/** Whether a handler given to `use()` is one that prepares requests for what follows. */
function isPassedOn({ endpoint: { chain } }: Found, later: readonly Found[]): boolean {
  if (chain.at(-1)?.route !== undefined) return false
  return later.some(
    ({ paths }) => paths.length > 0 && paths.every((path) => follow(chain, path) !== undefined),
  )
}

function toRoute({ endpoint, shown, paths }: Found): ListedRoute {
  const brands = brandsInFront(endpoint, paths)
  const guards = brands.filter((brand) => brand.kind === 'guard')
  return {
    method: endpoint.method?.toUpperCase() ?? 'ALL',
    path: shown,
    isProtected: isClosed(brands),
    scopes: [...new Set(guards.flatMap(({ scopes }) => scopes))],
    guards: guards.map(({ text }) => text),
    servers: brands.filter((brand: Brand) => brand.kind === 'server').map(toServer),
  }
}

function toServer({ isOptional, isReportOnly }: ServerBrand): ListedRoute['servers'][number] {
  if (isReportOnly) return 'report-only'
  return isOptional ? 'optional' : 'required'
}
