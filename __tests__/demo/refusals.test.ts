import { readFileSync } from 'node:fs'
import type { ErrorCode, Hint } from 'express-resource-server'
import { explain } from '../../demo/page/knowledge/explain.js'
import { HINTS } from '../../demo/page/knowledge/hints.js'
import { REFUSALS, STEP_IDS, WAYS } from '../../demo/page/knowledge/refusals.js'

const errorsPage = readFileSync('docs/errors.md', 'utf8')
const documented = (pattern: RegExp) => [...errorsPage.matchAll(pattern)].map(([, name = '']) => name)

/** Codes that the demo's configuration cannot produce. */
const ELSEWHERE = [
  'ERR_MESSAGE_MALFORMED',
  'ERR_ENCRYPTION_REQUIRED',
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

test('each explanation names a step that some token takes', () => {
  const steps = new Set(Object.values(WAYS).flat())

  for (const { step } of Object.values(REFUSALS)) expect(steps).toContain(step)
  expect(new Set(STEP_IDS)).toEqual(steps)
})

/** Hints about other configurations and other authorization servers. */
const HINTS_ELSEWHERE = [
  'issuer_other_entra_version',
  'audience_trailing_slash',
  'audience_http',
  'audience_case',
  'audience_local_name',
  'audience_app_id_uri',
  'audience_account',
  'audience_missing',
  'opaque_token',
  'encrypted_token',
  'milliseconds',
  'typ_not_at_jwt',
  'refresh_token',
  'microsoft_graph_token',
  'token_in_body',
  'scope_in_permissions',
  'scope_elsewhere',
  'role_elsewhere',
  'claim_path_flattened',
  'thumbprint_hex',
  'proxy_not_trusted',
  'proof_other_method',
  'proof_other_url',
  'proof_other_token',
  'discovery_not_found',
  'discovery_issuer_mismatch',
]

test('the page explains every hint that the demo can produce', () => {
  const hints = documented(/^\| `([a-z_]+)` \| `ERR/gm)

  expect([...Object.keys(HINTS), ...HINTS_ELSEWHERE].toSorted()).toEqual(hints.toSorted())
})

const refusals: [ErrorCode, Hint, RegExp][] = [
  ['ERR_TOKEN_MALFORMED', 'unsigned_token', /It has no signature/],
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
