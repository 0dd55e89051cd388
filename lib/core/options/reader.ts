/**
 * Reads one bag of options by name and type. Refuses unknown names and says which was probably
 * meant.
 */
import { ConfigurationError } from '../errors/errors.js'
import { isObject, isString, isStringArray, own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import { assertBag, isPlain, membersOfPrototypes, problemOfBag } from './bag.js'
import { adviceFor, isOptionElsewhere } from './names.js'

export interface Range {
  readonly min: number
  readonly max: number
}

const MUST_BE_OWN =
  'is inherited from a class or a prototype. Options are own properties: copy it into a plain object'
const WHITE_SPACE = 'begins or ends with white space, which files and environment variables often add'

/**
 * Reads own properties only. `undefined` counts as absent. Values never appear in messages, because
 * they may be secrets. Every method throws a ConfigurationError that names the option.
 */
export class OptionReader {
  readonly #options: JsonObject
  readonly #path: string

  constructor(options: unknown, path: string, known: readonly string[]) {
    this.#path = path
    assertBag(options, path || 'options', known)
    this.#options = options
    for (const name of Object.keys(options)) {
      if (!known.includes(name)) this.fail(name, `there is no such option${adviceFor(name, known)}`)
    }
    for (const [name, descriptor] of membersOfPrototypes(options)) {
      if (!isString(name)) continue
      if (known.includes(name)) this.fail(name, MUST_BE_OWN)
      // A method of a class may have any name, but a getter was meant as an option.
      const isMethod = typeof descriptor.value === 'function'
      if (!isMethod && isOptionElsewhere(name, known))
        this.fail(name, `there is no such option${adviceFor(name, known)}`)
    }
  }

  pathOf(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`
  }

  fail(name: string, problem: string): never {
    throw new ConfigurationError(`${this.pathOf(name)}: ${problem}`, this.pathOf(name))
  }

  value(name: string): unknown {
    return own(this.#options, name)
  }

  has(name: string): boolean {
    return this.value(name) !== undefined
  }

  /**
   * Whether the option was written down, but is `undefined`, as an unset environment variable is.
   */
  isUndefined(name: string): boolean {
    return Object.hasOwn(this.#options, name) && !this.has(name)
  }

  number(name: string, { min, max }: Range): number | undefined {
    const value = this.value(name)
    if (value === undefined) return undefined
    if (typeof value !== 'number' || !(value >= min && value <= max)) {
      this.fail(name, `must be a number from ${String(min)} to ${String(max)}`)
    }
    return value
  }

  integer(name: string, range: Range): number | undefined {
    const value = this.number(name, range)
    if (value !== undefined && !Number.isInteger(value)) this.fail(name, 'must be a whole number')
    return value
  }

  boolean(name: string): boolean {
    const value = this.value(name)
    if (value === undefined) return false
    if (typeof value !== 'boolean') this.fail(name, 'must be true or false')
    return value
  }

  string(name: string): string | undefined {
    const value = this.value(name)
    if (value === undefined) return undefined
    if (!isString(value) || value === '') this.fail(name, 'must be a string that is not empty')
    if (value.trim() !== value) this.fail(name, WHITE_SPACE)
    return value
  }

  /** One string, or an array of them. */
  strings(
    name: string,
    { mayBeEmpty = false }: { readonly mayBeEmpty?: boolean } = {},
  ): readonly string[] | undefined {
    const value = this.value(name)
    if (value === undefined) return undefined
    const list: unknown = isString(value) ? [value] : value
    if (!isStringArray(list) || (list.length === 0 && !mayBeEmpty) || list.includes('')) {
      this.fail(name, 'must be a string or an array of strings, none of them empty')
    }
    if (list.some((each) => each.trim() !== each)) this.fail(name, WHITE_SPACE)
    return [...list]
  }

  oneOf<const T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const value = this.value(name)
    const found = allowed.find((each) => each === value)
    if (value !== undefined && found === undefined)
      this.fail(name, `must be one of "${allowed.join('", "')}"`)
    return found
  }

  /** What it takes and returns cannot be known before it is called. */
  function(name: string): ((...args: never[]) => unknown) | undefined {
    const value = this.value(name)
    if (value !== undefined && typeof value !== 'function') this.fail(name, 'must be a function')
    return value as ((...args: never[]) => unknown) | undefined
  }

  record(name: string): JsonObject | undefined {
    const value = this.value(name)
    if (value !== undefined && !isObject(value)) this.fail(name, 'must be an object')
    return value
  }

  /** For objects of which every member counts: a Map or an instance of a class would seem empty. */
  plainRecord(name: string): JsonObject | undefined {
    const value = this.record(name)
    if (value === undefined) return undefined
    if (!isPlain(value)) this.fail(name, problemOfBag(value, []) ?? 'must be a plain object')
    return value
  }
}
