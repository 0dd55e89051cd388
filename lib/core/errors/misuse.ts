/** Clear errors for calls that JavaScript accepts although they do not mean what they look like. */
import { isObject } from '../base/own.js'
import { ConfigurationError } from './errors.js'

/**
 * A parameter that is ignored. Express passes a request or a response in its place, so that the
 * function does not compile as a handler. `map` passes an index and `process.on` a number.
 */
export type Ignored = string | number | boolean | null | undefined

/** What to say about a function that makes a value for options. */
export const NO_HANDLER = 'is not a handler. Call it at start-up, where the options are made'

/** Throws if a function that is not a handler was passed to Express as one. */
export function assertNotHandler(name: string, args: readonly unknown[], advice?: string): void {
  const [, response, next] = args
  const isCalledByExpress = typeof next === 'function' && isResponse(response)
  if (!isCalledByExpress) return
  const problem = advice ?? `makes a handler and is not one itself. Call it where it is used: ${name}(...)`
  throw new ConfigurationError(`${name}: ${problem}`, name)
}

/** The same for a function of one argument, which sees only the request. */
export function assertNotRequest(name: string, value: unknown): void {
  if (!isObject(value) || !isObject(value['headers']) || !Array.isArray(value['rawHeaders'])) return
  throw new ConfigurationError(`${name}: ${NO_HANDLER}`, name)
}

/** `undefined` counts as absent. */
export function assertArgumentCount(name: string, args: readonly unknown[], max: number): void {
  assertNotHandler(name, args)
  if (args.slice(max).every((each) => each === undefined)) return
  const taken = max === 0 ? 'no arguments' : `at most ${String(max)} argument${max === 1 ? '' : 's'}`
  throw new ConfigurationError(`${name}: takes ${taken}`, name)
}

/** Throws if several names were passed as one array. */
export function assertSeparate(name: string, args: readonly unknown[]): void {
  assertNotHandler(name, args)
  if (!args.some((each) => Array.isArray(each))) return
  throw new ConfigurationError(
    `${name}: takes no array. Pass them as separate arguments: ${name}(a, b)`,
    name,
  )
}

function isResponse(value: unknown): boolean {
  return isObject(value) && typeof Reflect.get(value, 'setHeader') === 'function'
}
