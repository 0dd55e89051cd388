/** Detects changes of a resolver's answer, even if the application changes the object that it returned. */
import { createHash } from 'node:crypto'
import { guarded } from '../errors/errors.js'

/** The contents of an answer at one moment. */
export type Fingerprint = readonly unknown[]

/**
 * Own properties are compared by their values, and bytes by their hash. Functions and objects without
 * own properties, such as a KeyObject's handle, are compared by identity. Throws ERR_INTERNAL for an
 * answer that cannot be read, such as one with a getter that throws.
 */
export function fingerprintOf(answer: unknown): Fingerprint {
  const parts: unknown[] = []
  guarded(() => {
    addParts(answer, parts, new Map())
  })
  return parts
}

export function isSameFingerprint(one: Fingerprint, other: Fingerprint): boolean {
  return one.length === other.length && one.every((part, index) => Object.is(part, other[index]))
}

/** An object that appears again is replaced by the number of its first appearance, which ends cycles. */
function addParts(value: unknown, parts: unknown[], seen: Map<object, number>): void {
  if (typeof value !== 'object' || value === null) {
    parts.push(value)
    return
  }
  const first = seen.get(value)
  if (first !== undefined) {
    parts.push('seen', first)
    return
  }
  seen.set(value, seen.size)
  if (ArrayBuffer.isView(value)) {
    parts.push('bytes', hashOf(value))
    return
  }
  const names = Object.getOwnPropertyNames(value).sort()
  if (names.length === 0 && !isPlain(value)) {
    parts.push(value)
    return
  }
  parts.push(Array.isArray(value) ? 'array' : 'object', names.length)
  for (const name of names) {
    parts.push(name)
    addParts(Reflect.get(value, name), parts, seen)
  }
}

function hashOf({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('base64')
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
