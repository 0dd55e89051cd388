/** Reads one bag of options: each by name and type, unknown names refused with the spelling that was probably meant. */
import { ConfigurationError } from '../errors/errors.js'
import { isObject, isString, isStringArray, own } from '../base/own.js'
import type { JsonObject } from '../base/own.js'
import { nearest } from './nearest.js'

export interface Range {
  readonly min: number
  readonly max: number
}

/** Own properties only, `undefined` counts as absent, and values never appear in messages: they may be secrets. */
export class OptionReader {
  readonly #options: JsonObject
  readonly #path: string

  constructor(options: unknown, path: string, known: readonly string[]) {
    this.#path = path
    if (!isObject(options))
      throw new ConfigurationError(`${path || 'options'}: must be an object`, path || 'options')
    this.#options = options
    for (const name of Object.keys(options)) {
      if (known.includes(name)) continue
      const meant = nearest(name, known)
      const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
      throw new ConfigurationError(`${this.pathOf(name)}: there is no such option${hint}`, this.pathOf(name))
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
}
