/** The `confirmation` option: how senders of bound tokens prove that they hold the key. RFC 7800 §3.1. */
import type { ConfirmationMethod } from '../http/confirmation.js'
import { toMethod } from './confirmation-method.js'
import { isFapi, toFapiMethods } from './fapi.js'
import type { OptionReader } from './reader.js'

export function parseConfirmation(top: OptionReader): readonly ConfirmationMethod[] {
  const methods = givenMethods(top)
  return isFapi(top) ? toFapiMethods(top, methods) : methods
}

function givenMethods(top: OptionReader): readonly ConfirmationMethod[] {
  const value = top.value('confirmation')
  if (value === undefined) return []
  const list: readonly unknown[] = Array.isArray(value) ? Array.from<unknown>(value) : [value]
  const methods = list.map((each) => toMethod(top, each))
  const members = methods.map(({ member }) => member)
  const schemes = methods.flatMap(({ challenge }) => challenge?.scheme.toLowerCase() ?? [])
  if (hasRepeated(members) || hasRepeated(schemes)) top.fail('confirmation', 'holds two methods of one kind')
  return methods
}

function hasRepeated(names: readonly string[]): boolean {
  return new Set(names).size < names.length
}
