/** An error of its own for each request: answers and applications add to errors, for one client only. */
import { types } from 'node:util'
import { isObject } from '../base/own.js'
import { AddressRefusedError } from './address-refused-error.js'
import { ClaimsSchemaError } from './claims-schema-error.js'
import * as errors from './errors.js'
import { showCause } from './show-cause.js'
import { UpstreamError } from './upstream-error.js'
import { withoutStack } from './without-stack.js'

/** Of causes of causes. Causes of the application may be circular. */
const MAX_DEPTH = 4

/**
 * The classes whose errors can be copied. Others may have private members or internal slots, as a
 * DOMException does: a copy would lack them, and throw when it is read.
 */
const COPIED: ReadonlySet<unknown> = new Set(
  [
    errors.InvalidRequestError,
    errors.UnauthorizedError,
    errors.ForbiddenError,
    errors.UnavailableError,
    errors.InternalError,
    errors.ConfigurationError,
    UpstreamError,
    ClaimsSchemaError,
    AddressRefusedError,
    Error,
    EvalError,
    RangeError,
    ReferenceError,
    SyntaxError,
    TypeError,
    URIError,
    AggregateError,
  ].map(({ prototype }) => prototype as object),
)

/** Throws a copy, without the headers of its answer. */
export function throwCopy(thrown: unknown): never {
  throw copyOf(thrown)
}

/**
 * A copy with copies of its causes. Errors of other classes stay as they are, those that extend this
 * package's too: their class may rely on what no copy has.
 */
export function copyOf<T>(error: T, depth: number = 0): T {
  // A Proxy is no native error, so that no trap is called.
  if (!types.isNativeError(error) || !COPIED.has(Object.getPrototypeOf(error))) return error
  try {
    return copied(error, depth)
  } catch {
    // A getter of the application threw, such as `Error.prepareStackTrace`.
    return error
  }
}

function copied<T extends Error>(error: T, depth: number): T {
  const members = Object.getOwnPropertyDescriptors(error) as Record<string, PropertyDescriptor>
  const copy = emptyLike(error)
  // Where the engine keeps the stack behind an accessor, that would show the stack of the copy.
  setValue(members, 'stack', () => (error instanceof errors.InternalError ? String(error) : error.stack))
  setValue(members, 'cause', (cause) => (depth < MAX_DEPTH ? copyOf(cause, depth + 1) : cause))
  if (error instanceof errors.ResourceServerError) setOwnMembers(members)
  Object.defineProperties(copy, members)
  if (error instanceof errors.InternalError) showCause(copy)
  return copy as T
}

function emptyLike(error: Error): Error {
  // Its paths are private, so that nothing prints them.
  if (error instanceof ClaimsSchemaError) return new ClaimsSchemaError(error.paths)
  const restore = withoutStack()
  const empty = new Error()
  restore()
  return Object.setPrototypeOf(empty, Object.getPrototypeOf(error) as object) as Error
}

/** Everything that can be changed in one of this package's errors. */
function setOwnMembers(members: Record<string, PropertyDescriptor>): void {
  setValue(members, 'headers', () => ({}))
  setValue(members, 'requiredScopes', listOrRecord)
  setValue(members, 'challenge', (challenge) =>
    isObject(challenge)
      ? Object.fromEntries(Object.entries(challenge).map(([name, part]) => [name, listOrRecord(part)]))
      : challenge,
  )
}

function listOrRecord(value: unknown): unknown {
  if (Array.isArray(value)) return [...(value as unknown[])]
  return isObject(value) ? { ...value } : value
}

/** Does nothing if there is no such member. The copy of a frozen error can be written. */
function setValue(
  members: Record<string, PropertyDescriptor>,
  name: string,
  change: (value: unknown) => unknown,
): void {
  const member = members[name]
  if (member === undefined) return
  const { enumerable = false } = member
  members[name] = { value: change(member.value), enumerable, writable: true, configurable: true }
}
