/** Methods of a resource server are to be called: as handlers they would hang, or do their work on request. */
import { assertNotHandler } from '../core/errors/misuse.js'
import type { ResourceServer } from './server-interface.js'

export type Methods = Pick<ResourceServer, keyof ResourceServer>

type Method = (first: unknown, second: unknown) => unknown

const VERIFIES = 'is not a handler. To verify the token of each request, use the server itself: app.use(api)'
const TELLS_STATE =
  'is not a handler. For readiness probes, use healthRoute(): app.get(path, api.healthRoute())'
const IS_CALLED = 'is not a handler. Call it from your own code'

const ADVICE: Readonly<Record<keyof Methods, string | undefined>> = {
  verify: VERIFIES,
  authenticate: VERIFIES,
  principalOf: VERIFIES,
  ready: TELLS_STATE,
  health: TELLS_STATE,
  healthRoute: undefined,
  answerTo: IS_CALLED,
  refresh: IS_CALLED,
  purge: IS_CALLED,
  snapshot: IS_CALLED,
  close: IS_CALLED,
}

/** The same methods. Each throws, before it does anything, if Express calls it as a handler. */
export function callOnly(methods: Methods): Methods {
  const entries = Object.entries(methods).map(([name, method]) => [
    name,
    named(name as keyof Methods, method as Method),
  ])
  return Object.fromEntries(entries) as Methods
}

/** Throws at once, also where the method returns a promise: Express 4 does not see rejections. */
function named(name: keyof Methods, method: Method): Method {
  const methods = {
    [name](first: unknown, second: unknown, third: unknown): unknown {
      if (third !== undefined) assertNotHandler(name, [first, second, third], ADVICE[name])
      return method(first, second)
    },
  }
  return methods[name] as Method
}
