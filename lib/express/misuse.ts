/** Clear errors for calls that JavaScript accepts although they do not mean what they look like. */
import { ConfigurationError } from '../core/errors/errors.js'
import { isObject } from '../core/base/own.js'

/** Throws if a function that makes a handler was passed to Express in place of a handler. */
export function assertNotHandler(name: string, args: readonly unknown[]): void {
  const [, response] = args
  const isCalledByExpress = args.length > 2 && typeof args.at(-1) === 'function' && isResponse(response)
  if (!isCalledByExpress) return
  throw new ConfigurationError(
    `${name}: makes a handler and is not one itself. Call it where it is used: ${name}(...)`,
    name,
  )
}

/** `undefined` counts as absent. */
export function assertArgumentCount(name: string, args: readonly unknown[], max: number): void {
  assertNotHandler(name, args)
  if (args.slice(max).every((each) => each === undefined)) return
  const taken = max === 0 ? 'no arguments' : `at most ${String(max)} arguments`
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
