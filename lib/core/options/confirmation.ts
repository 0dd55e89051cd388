/** The `confirmation` option: how senders of bound tokens prove that they hold the key. RFC 7800 §3.1. */
import { isObject, isString } from '../base/own.js'
import type { ConfirmationMethod } from '../http/confirmation.js'
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
  const methods = list.map((each) =>
    isMethod(each)
      ? each
      : top.fail('confirmation', 'must hold confirmation methods, such as dpop({ publicUrl })'),
  )
  const members = methods.map(({ member }) => member)
  if (new Set(members).size < members.length) top.fail('confirmation', 'holds two methods of one kind')
  return methods
}

function isMethod(value: unknown): value is ConfirmationMethod {
  return (
    isObject(value) &&
    isString(value['member']) &&
    typeof value['check'] === 'function' &&
    (value['narrowedTo'] === undefined || typeof value['narrowedTo'] === 'function')
  )
}
