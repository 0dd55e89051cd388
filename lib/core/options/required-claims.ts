/** The `requiredClaims` option: names of claims, or their values, of all issuers or of one. */
import { isObject } from '../base/own.js'
import type { RequiredClaim } from '../token/required-claims.js'
import type { OptionReader } from './reader.js'

const NAME = 'requiredClaims'

/** `undefined` if the option is not given. */
export function parseRequiredClaims(reader: OptionReader): readonly RequiredClaim[] | undefined {
  if (!isObject(reader.value(NAME)))
    return reader.strings(NAME, { mayBeEmpty: true })?.map((name) => ({ name }))
  const record = reader.plainRecord(NAME) ?? {}
  return Object.entries(record).map(([name, values]): RequiredClaim => {
    if (name === '' || name.trim() !== name)
      reader.fail(NAME, 'has a name that is empty, or begins or ends with white space')
    if (values === true) return { name }
    return isValues(values)
      ? { name, values: new Set(values) }
      : reader.fail(
          NAME,
          'must map claim names to true, or to arrays of strings, numbers and booleans that are not empty',
        )
  })
}

function isValues(value: unknown): value is readonly (string | number | boolean)[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    !value.includes(undefined) &&
    value.every((each) => ['string', 'boolean'].includes(typeof each) || Number.isFinite(each))
  )
}
