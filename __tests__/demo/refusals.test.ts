import { readFileSync } from 'node:fs'
import type { ErrorCode, Hint } from 'express-resource-server'
import { explain } from '../../demo/page/knowledge/explain.js'
import { HINTS } from '../../demo/page/knowledge/hints.js'
import { REFUSALS, STEP_IDS } from '../../demo/page/knowledge/refusals.js'

const errorsPage = readFileSync('docs/errors.md', 'utf8')
const documented = (pattern: RegExp) => [...errorsPage.matchAll(pattern)].map(([, name = '']) => name)

/** Codes that the demo's configuration cannot produce. */
const ELSEWHERE = [
  'ERR_MESSAGE_MALFORMED',
  'ERR_ENCRYPTION_REQUIRED',
  'ERR_DECRYPTION_KEY_UNKNOWN',
  'ERR_DECRYPTION_FAILED',
  'ERR_HEADER_CLAIM_MISMATCH',
  'ERR_TOKEN_INACTIVE',
  'ERR_INTROSPECTION_UNAVAILABLE',
  'ERR_CONFIRMATION_UNSUPPORTED',
  'ERR_CONFIRMATION_MISSING',
  'ERR_CONFIRMATION_MISMATCH',
  'ERR_PROOF_MISSING',
  'ERR_PROOF_INVALID',
  'ERR_PROOF_NONCE',
  'ERR_PROOF_REPLAYED',
  'ERR_CERTIFICATE_MISSING',
  'ERR_CERTIFICATE_INVALID',
  'ERR_REPLAY_STORE_UNAVAILABLE',
  'ERR_TOKEN_REVOKED',
  'ERR_REVOCATION_STORE_UNAVAILABLE',
  'ERR_AUTHENTICATION_INSUFFICIENT',
  'ERR_CLAIMS_REFUSED',
  'ERR_CLAIM_INSUFFICIENT',
  'ERR_AUTHORIZATION_DETAILS_INSUFFICIENT',
  'ERR_ACTOR_INSUFFICIENT',
  'ERR_ISSUER_UNRESOLVED',
  'ERR_OVERLOADED',
  'ERR_CLOSED',
  'ERR_INTERNAL',
  'ERR_CONFIGURATION',
  'ERR_WIRING',
]

test('the page explains every code that the demo can produce', () => {
  const codes = documented(/^\| <a id="\w+"><\/a>`(ERR_\w+)`/gm)

  expect([...Object.keys(REFUSALS), ...ELSEWHERE].toSorted()).toEqual(codes.toSorted())
})

test('each explanation names a step', () => {
  for (const { step } of Object.values(REFUSALS)) expect(STEP_IDS).toContain(step)
})

test('the page explains no hint that does not exist', () => {
  expect(documented(/^\| `([a-z_]+)` \| `ERR/gm)).toEqual(expect.arrayContaining(Object.keys(HINTS)))
})

const refusals: [ErrorCode, Hint, RegExp][] = [
  ['ERR_TOKEN_MALFORMED', 'encrypted_token', /The token is encrypted/],
  ['ERR_AUDIENCE_MISMATCH', 'audience_is_client_id', /An ID token is meant for the client/],
  ['ERR_NOT_AN_ACCESS_TOKEN', 'id_token', /ID token, which tells the client who signed in/],
]

test.each(refusals)('%s with the hint %s is explained by its cause', (code, hint, explanation) => {
  expect(explain({ code, hint })).toMatch(explanation)
})

test('an ID token is not said to be meant for another API', () => {
  const texts = refusals.map(([code, hint]) => explain({ code, hint }))

  for (const text of texts) expect(text).not.toMatch(/another API/)
})
