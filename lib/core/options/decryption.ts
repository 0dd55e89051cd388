/** The `decryption` option: who decrypts encrypted tokens. RFC 7516. */
import { isObject } from '../base/own.js'
import type { DecryptionPlan, MakeVerifier } from '../server/settings.js'
import { verifierOf } from './given-code.js'
import type { OptionReader } from './reader.js'

export function parseDecryption(top: OptionReader): readonly MakeVerifier[] {
  const value = top.value('decryption')
  if (value === undefined) return []
  if (!isDecryptionPlan(value)) return top.fail('decryption', 'must be a value such as jwe({ keys })')
  return [(context) => verifierOf(top, 'decryption', () => value.makeVerifier(context))]
}

function isDecryptionPlan(value: unknown): value is DecryptionPlan {
  return isObject(value) && typeof value['makeVerifier'] === 'function'
}
