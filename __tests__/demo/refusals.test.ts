import { REFUSALS, STEP_IDS } from '../../demo/page/knowledge/refusals.js'
import { ERROR_CODES } from '../../lib/core/errors/error-codes.js'

/** Codes that need a configuration other than the demo's, or a bug. */
const ELSEWHERE = [
  'ERR_CONFIRMATION_UNSUPPORTED',
  'ERR_CONFIRMATION_MISSING',
  'ERR_AUTHENTICATION_INSUFFICIENT',
  'ERR_CLAIMS_REFUSED',
  'ERR_CLAIM_INSUFFICIENT',
  'ERR_ISSUER_UNRESOLVED',
  'ERR_CLOSED',
  'ERR_INTERNAL',
  'ERR_CONFIGURATION',
  'ERR_WIRING',
]

test('the page explains every code that the demo can meet', () => {
  expect([...Object.keys(REFUSALS), ...ELSEWHERE].toSorted()).toEqual(Object.keys(ERROR_CODES).toSorted())
})

test('each explanation names a step', () => {
  for (const { step } of Object.values(REFUSALS)) expect(STEP_IDS).toContain(step)
})
