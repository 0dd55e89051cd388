/** Which values are bags of options: objects whose own properties say all that they hold. */
import { isObject } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import { ConfigurationError } from '../errors/errors.js'

const PLAIN = 'must be a plain object'

/** What is wrong with a bag, to follow its name; `undefined` if it can be read by its own properties. */
export function problemOfBag(bag: unknown, known: readonly string[]): string | undefined {
  if (!isObject(bag)) return 'must be an object'
  const inherited = membersOfPrototypes(bag)
  if (inherited.has('then')) return `${PLAIN}, and is a promise. Await it first`
  if (inherited.has(Symbol.iterator) || inherited.has(Symbol.asyncIterator))
    return `${PLAIN}. A Map or another collection seems empty: write each entry as a property`
  const isEmpty = Object.keys(bag).length === 0 && !known.some((name) => Object.hasOwn(bag, name))
  const isOpaque = isEmpty && [...inherited.keys()].some((name) => name !== 'constructor')
  const hasInherited = known.some((name) => inherited.has(name))
  return isOpaque && !hasInherited
    ? `${PLAIN}. This instance of a class has no properties of its own, so that it seems empty`
    : undefined
}

/** Throws a ConfigurationError that begins with `name`. Without `known`, a bag may have any members. */
export function assertBag(
  bag: unknown,
  name: string,
  known: readonly string[] = [],
): asserts bag is JsonObject {
  const problem = problemOfBag(bag, known)
  if (problem !== undefined) throw new ConfigurationError(`${name}: ${problem}`, name)
}

/**
 * What an object inherits. `Object.prototype` itself does not count: what pollutes it must not stop
 * the application.
 */
export function membersOfPrototypes(object: object): ReadonlyMap<string | symbol, PropertyDescriptor> {
  const members = new Map<string | symbol, PropertyDescriptor>()
  let prototype: unknown = Object.getPrototypeOf(object)
  while (typeof prototype === 'object' && prototype !== null && !isRootPrototype(prototype)) {
    for (const name of Reflect.ownKeys(prototype)) {
      const descriptor = Object.getOwnPropertyDescriptor(prototype, name)
      if (descriptor !== undefined && !members.has(name)) members.set(name, descriptor)
    }
    prototype = Object.getPrototypeOf(prototype)
  }
  return members
}

export function isPlain(object: JsonObject): boolean {
  const prototype: unknown = Object.getPrototypeOf(object)
  return prototype === null || isRootPrototype(prototype)
}

/** `Object.prototype`, also that of another realm. */
function isRootPrototype(object: unknown): boolean {
  return isObject(object) && Object.getPrototypeOf(object) === null && Object.hasOwn(object, 'isPrototypeOf')
}
