/** Walks routers in the order in which a request does, and finds what can answer, and what passes on. */
import { METHODS } from 'node:http'
import { brandOf } from '../../core/base/brand.js'
import type { Brand } from '../../core/base/brand.js'
import { isEverywhere, mountedRouter } from './layers.js'
import type { Layer, Route, RouteLayer, Router } from './layers.js'

/** A server or guard of this package, and the way to it. */
export interface Checkpoint {
  readonly chain: readonly Layer[]
  readonly brand: Brand
  /** In lower case; `undefined` for all methods. */
  readonly method?: string | undefined
  /** It runs only for paths with this parameter. */
  readonly parameter?: string | undefined
}

/** A handler that can answer, and the way to it. */
export interface Endpoint {
  readonly chain: readonly Layer[]
  /** In lower case; `undefined` for all methods. */
  readonly method: string | undefined
  /** Checkpoints in front of it that are elsewhere, each with a way of its own. */
  readonly passed: readonly Checkpoint[]
  /** Servers and guards of the same route, in front of its last handler. */
  readonly own: readonly Brand[]
}

const MAX_DEPTH = 32
/** Express 4 puts these two in front of every application. */
const EXPRESS_OWN = ['query', 'expressInit']

export function endpointsOf(router: Router): readonly Endpoint[] {
  const walk = new Walk()
  walk.router(router, [])
  return walk.endpoints
}

class Walk {
  readonly endpoints: Endpoint[] = []
  readonly #passed: Checkpoint[] = []

  /**
   * A handler of the user may leave its router by `next('router')`. So what comes after the first
   * one guards the rest of this router, but nothing outside.
   */
  router(router: Router, chain: readonly Layer[]): void {
    let certain: number | undefined
    for (const [index, layer] of router.stack.entries()) {
      const here = [...chain, layer]
      const isOwn =
        index < EXPRESS_OWN.length && (layer.handle as { name?: string }).name === EXPRESS_OWN[index]
      if (isOwn && isEverywhere(layer)) continue
      const isStrange = this.#parameters(router, layer, here)
      const mayLeave = this.#layer(layer, here)
      if (isStrange || mayLeave) certain ??= this.#passed.length
    }
    if (certain !== undefined) this.#passed.length = certain
  }

  /** Whether a handler of the user runs here, outside deeper routers. */
  #layer(layer: Layer, chain: readonly Layer[]): boolean {
    if (layer.route !== undefined) return this.#route(layer.route, chain)
    const brand = brandOf(layer.handle)
    if (brand !== undefined) {
      this.#passed.push({ chain, brand })
      return false
    }
    const router = chain.length < MAX_DEPTH ? mountedRouter(layer) : undefined
    if (router !== undefined) {
      this.router(router, chain)
      return false
    }
    if (isErrorHandler(layer.handle)) return false
    if (!isEverywhere(layer)) this.#endpoint({ chain, method: undefined, own: [] })
    return true
  }

  /** Whether a handler of the user runs for a parameter in the path. */
  #parameters({ params = {} }: Router, layer: Layer, chain: readonly Layer[]): boolean {
    if (isEverywhere(layer)) return false
    let isStrange = false
    for (const [parameter, handlers] of Object.entries(params)) {
      for (const handler of handlers) {
        const brand = brandOf(handler)
        if (brand === undefined) isStrange = true
        else this.#passed.push({ chain, brand, parameter })
      }
    }
    return isStrange
  }

  #route({ stack }: Route, chain: readonly Layer[]): boolean {
    const handlers = withoutCopies(stack.filter(({ handle }) => !isErrorHandler(handle)))
    for (const method of methodsOf(handlers)) {
      const own = handlers.filter((each) => each.method === undefined || each.method === method)
      const last = own.findLastIndex(isStranger)
      const brands = own.slice(0, last).map(({ handle }) => brandOf(handle))
      this.#endpoint({ chain, method, own: brands.filter((brand) => brand !== undefined) })
    }
    const first = handlers.findIndex(isStranger)
    for (const { handle, method } of first === -1 ? handlers : handlers.slice(0, first)) {
      const brand = brandOf(handle)
      if (brand !== undefined) this.#passed.push({ chain, brand, method })
    }
    return first !== -1
  }

  #endpoint(endpoint: Omit<Endpoint, 'passed'>): void {
    this.endpoints.push({ ...endpoint, passed: [...this.#passed] })
  }
}

/** `app.all()` adds its handlers once for each method. */
function withoutCopies(handlers: readonly RouteLayer[]): readonly RouteLayer[] {
  const byMethod = METHODS.map((name) => handlers.filter(({ method }) => method === name.toLowerCase()))
  const [first = []] = byMethod
  const isForAll =
    first.length * METHODS.length === handlers.length &&
    byMethod.every((each) => each.every(({ handle }, index) => handle === first[index]?.handle))
  return isForAll ? first.map(({ handle }) => ({ handle })) : handlers
}

/** A handler for all methods in front of those for one only prepares their requests. */
function methodsOf(handlers: readonly RouteLayer[]): readonly (string | undefined)[] {
  const strangers = handlers.filter(isStranger)
  const last = strangers.findLastIndex(({ method }) => method === undefined)
  const isFollowed = last < strangers.length - 1
  const methods = strangers.map(({ method }) => method)
  return [...new Set(methods)].filter((method) => method !== undefined || !isFollowed)
}

function isStranger({ handle }: RouteLayer): boolean {
  return brandOf(handle) === undefined
}

function isErrorHandler(handle: unknown): boolean {
  return typeof handle === 'function' && handle.length === 4
}
