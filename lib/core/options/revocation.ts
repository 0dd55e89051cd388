/** The `revocation` option, and the revocations that stores are told of. */
import { isObject, isString, own } from '../base/own.js'
import type { RequestCheck, RevocationMethod } from '../http/request-check.js'
import { TARGET_KINDS } from '../stores/revocation-store.js'
import type { TargetKind } from '../stores/revocation-store.js'
import type { ParsedRevocation } from '../stores/revocation-targets.js'
import { OptionReader } from './reader.js'
import { MAX_NUMERIC_DATE } from '../token/claims.js'

const ADVICE = 'must be made by revocation(store) of express-resource-server/revocation'
const NAMES = ['issuer', ...TARGET_KINDS, 'before', 'forSeconds']
const MAX_SECONDS = 315_360_000

export function parseRevocationOption(top: OptionReader): readonly RequestCheck[] {
  const value = top.value('revocation')
  if (value === undefined) return []
  if (isObject(value) && typeof own(value, 'check') === 'function')
    return [(value as unknown as RevocationMethod).check]
  const isStore = isObject(value) && typeof value['isRevoked'] === 'function'
  return top.fail('revocation', isStore ? `is a store; it ${ADVICE}` : ADVICE)
}

/** Throws a ConfigurationError, which holds no value. */
export function parseRevocation(revocation: unknown): ParsedRevocation {
  const reader = new OptionReader(revocation, 'revoke', NAMES)
  const kinds = TARGET_KINDS.filter((each) => reader.has(each))
  const [kind] = kinds
  if (kind === undefined || kinds.length > 1)
    return reader.fail('jti', 'is required, or sid, subject or clientId in its place, and only one of them')
  const forSeconds = reader.number('forSeconds', { min: 1, max: MAX_SECONDS })
  return {
    issuer: identifier(reader, 'issuer'),
    kind,
    value: identifier(reader, kind),
    before: reader.number('before', { min: 0, max: MAX_NUMERIC_DATE }) ?? Infinity,
    forSeconds: forSeconds ?? reader.fail('forSeconds', 'is required: as long as such a token may live'),
  }
}

/** As it stands in tokens, so that white space counts. */
function identifier(reader: OptionReader, name: TargetKind | 'issuer'): string {
  const value = reader.value(name)
  return isString(value) && value !== '' ? value : reader.fail(name, 'must be a string that is not empty')
}
