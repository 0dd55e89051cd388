/** One confirmation method, also one that a user wrote. RFC 7800 §3.1, RFC 9110 §11.1 and §11.2. */
import { isObject, isString } from '../base/own.js'
import type { ConfirmationMethod } from '../http/confirmation.js'
import type { OptionReader } from './reader.js'

const CHALLENGE =
  'holds a method with a wrong challenge. Write { scheme, parameters }: another scheme than Bearer, and an object of strings'

/** Everything that is read at start-up is checked, so that nothing made before can be left behind. */
export function toMethod(top: OptionReader, value: unknown): ConfirmationMethod {
  if (!isMethod(value))
    return top.fail('confirmation', 'must hold confirmation methods, such as dpop({ publicUrl })')
  const { challenge }: { readonly challenge?: unknown } = value
  if (challenge !== undefined && !isChallenge(challenge)) top.fail('confirmation', CHALLENGE)
  return value
}

function isMethod(value: unknown): value is ConfirmationMethod {
  return (
    isObject(value) &&
    isString(value['member']) &&
    typeof value['check'] === 'function' &&
    (value['isRequired'] === undefined || typeof value['isRequired'] === 'boolean') &&
    (value['narrowedTo'] === undefined || typeof value['narrowedTo'] === 'function')
  )
}

/** The grammar of schemes, and of the names of parameters. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/

function isChallenge(value: unknown): boolean {
  if (!isObject(value)) return false
  const { scheme, parameters = {} } = value
  return (
    isString(scheme) &&
    TOKEN.test(scheme) &&
    scheme.toLowerCase() !== 'bearer' &&
    isObject(parameters) &&
    Object.entries(parameters).every(
      ([name, each]) => TOKEN.test(name) && (each === undefined || isString(each)),
    )
  )
}
