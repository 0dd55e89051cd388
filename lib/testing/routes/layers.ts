/**
 * The routers of Express 4 and 5, as far as they are read here. Both keep a stack of layers in
 * properties that are not documented; whatever is not as expected counts as unknown.
 */
import { isObject } from '../../core/base/own.js'

/** A handler at a path, or a route. */
export interface Layer {
  readonly handle: unknown
  readonly route?: Route | undefined
  /** Express 4. */
  readonly regexp?: (RegExp & { readonly fast_slash?: boolean }) | undefined
  readonly keys?: readonly { readonly name: string | number }[] | undefined
  /** Express 5. `rawPath` is missing before `router` 2.3. */
  readonly slash?: boolean | undefined
  readonly rawPath?: unknown
  readonly matchers?: readonly ((path: string) => unknown)[] | undefined
}

export interface Route {
  readonly path: unknown
  readonly stack: readonly RouteLayer[]
}

export interface RouteLayer {
  readonly handle: unknown
  /** In lower case; `undefined` for all methods. */
  readonly method?: string | undefined
}

export interface Router {
  readonly stack: readonly Layer[]
  readonly params?: Readonly<Record<string, readonly unknown[]>> | undefined
}

/** What a layer made of a path. */
export interface Match {
  /** The part of the path that it matched. */
  readonly path: string
  readonly params: Readonly<Record<string, unknown>>
}

/** Whether it lets every path pass, as `use` without a path does. */
export function isEverywhere({ slash, regexp, route }: Layer): boolean {
  return route === undefined && (slash === true || regexp?.fast_slash === true)
}

/** On an object of its own: a layer may write what it matched into itself, while a request uses it. */
export function matchLayer(layer: Layer, path: string): Match | undefined {
  const probe = Object.create(layer) as Layer & Match & { match(path: string): unknown }
  try {
    const result = probe.match(path)
    if (result === false) return undefined
    return isObject(result) ? (result as unknown as Match) : { path: probe.path, params: probe.params }
  } catch {
    return undefined
  }
}

/** Follows a path through mounts to the last layer, as Express does; `undefined` if one does not match. */
export function follow(chain: readonly Layer[], path: string): Match | undefined {
  let rest = path
  let match: Match | undefined
  for (const layer of chain) {
    match = matchLayer(layer, rest)
    if (match === undefined) return undefined
    if (layer.route !== undefined) continue
    const below = belowMount(layer, match.path, rest)
    if (below === undefined) return undefined
    rest = below
  }
  return match
}

/** A mount must end where a segment ends. Express 4 also lets it end before a dot. */
function belowMount(layer: Layer, matched: string, path: string): string | undefined {
  if (!path.startsWith(matched)) return undefined
  const rest = path.slice(matched.length)
  if (rest.startsWith('/')) return rest
  const isAllowed = matched === '' || rest === '' || (rest.startsWith('.') && layer.regexp !== undefined)
  return isAllowed ? `/${rest}` : undefined
}

/** The router of an application, or the router itself; `undefined` for anything else. */
export function routerOf(value: unknown): Router | undefined {
  if (typeof value !== 'function' && !isObject(value)) return undefined
  const { stack, _router, settings } = value as { stack?: unknown; _router?: unknown; settings?: unknown }
  if (Array.isArray(stack)) return value as unknown as Router
  if (!isObject(settings)) return undefined
  if (_router !== undefined) return routerOf(_router)
  return 'lazyrouter' in value ? { stack: [] } : routerOf((value as { router?: unknown }).router)
}

/**
 * The router that a layer leads to. Express hides a mounted application in a function, which hands
 * the request on to it.
 */
export function mountedRouter({ handle }: Layer): Router | undefined {
  if (typeof handle !== 'function') return undefined
  const isWrapper =
    handle.name === 'mounted_app' && /\.handle\(req, res/.test(Function.prototype.toString.call(handle))
  return isWrapper
    ? hiddenRouter(handle as (req: object, res: object, next: () => void) => void)
    : routerOf(handle)
}

/**
 * The application gives the request its own prototype, which names it, before any handler of the
 * user runs. From then on the request has no URL, and the application passes it on.
 */
function hiddenRouter(wrapper: (req: object, res: object, next: () => void) => void): Router | undefined {
  const seen: { app?: unknown; isPassedOn?: boolean } = {}
  const target = { method: 'GET', query: {}, app: { request: null, response: null } }
  const req = new Proxy<Record<string, unknown>>(target, {
    get(own, name): unknown {
      if (name !== 'url') return Reflect.get(own, name)
      return seen.app === undefined ? '/' : undefined
    },
    setPrototypeOf(_own, prototype) {
      seen.app ??= (prototype as { app?: unknown } | null)?.app
      return true
    },
  })
  try {
    wrapper(req, { setHeader: () => undefined }, () => {
      seen.isPassedOn = true
    })
  } catch {
    return undefined
  }
  if (seen.app !== undefined) return routerOf(seen.app)
  return seen.isPassedOn === true ? { stack: [] } : undefined
}
