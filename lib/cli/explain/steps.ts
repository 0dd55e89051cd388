/**
 * The steps of lib/core/server/authenticate.ts and lib/core/token/jwt-verifier.ts in their order, and
 * the codes by which each refuses.
 */
import type { ErrorCode, ResourceServerError } from '../../index.js'

export const STEPS = [
  'options',
  'credentials',
  'form',
  'algorithm',
  'type',
  'expiry',
  'issuer',
  'keys',
  'signature',
  'not before',
  'kind',
  'audience',
  'claims',
  'sender',
  'scopes and roles',
] as const

export type Step = (typeof STEPS)[number]

export interface StepResult {
  readonly step: Step
  /** `unknown`: not reached, or not known to have passed. */
  readonly outcome: 'passed' | 'refused' | 'unknown'
  readonly text: string
}

/** What a step asks. */
export const QUESTIONS: Readonly<Record<Step, string>> = {
  options: 'does resourceServer() accept the options?',
  credentials: 'is there exactly one token, in a form that a header can carry?',
  form: 'is it a JWT: three parts, a header and claims in JSON?',
  algorithm: 'is its algorithm (alg) allowed?',
  type: 'is its type (typ) that of an access token?',
  expiry: 'is it unexpired?',
  issuer: 'is its issuer (iss) the configured one?',
  keys: 'does the issuer publish the key that it names?',
  signature: 'is its signature valid?',
  claims: 'are the required claims there, with the right types?',
  'not before': 'is it valid already (nbf, iat)?',
  kind: 'is it an access token, not an ID or refresh token?',
  audience: 'is it meant for this API (aud)?',
  sender: 'may it be used by whoever has it, or can its binding (cnf) be checked?',
  'scopes and roles': 'does it grant the given scopes and roles?',
}

const STEP_OF: Readonly<Partial<Record<ErrorCode, Step>>> = {
  ERR_CONFIGURATION: 'options',
  ERR_CREDENTIALS_MISSING: 'credentials',
  ERR_CREDENTIALS_MALFORMED: 'credentials',
  ERR_CREDENTIALS_REPEATED: 'credentials',
  ERR_TOKEN_TOO_LARGE: 'form',
  ERR_TOKEN_MALFORMED: 'form',
  ERR_CRITICAL_HEADER: 'form',
  ERR_ALGORITHM_NOT_ALLOWED: 'algorithm',
  ERR_TOKEN_TYPE: 'type',
  ERR_TOKEN_EXPIRED: 'expiry',
  ERR_ISSUER_UNKNOWN: 'issuer',
  ERR_KEYS_UNAVAILABLE: 'keys',
  ERR_KEY_UNKNOWN: 'keys',
  ERR_SIGNATURE_INVALID: 'signature',
  ERR_CLAIM_MISSING: 'claims',
  ERR_CLAIM_INVALID: 'claims',
  ERR_TOKEN_NOT_YET_VALID: 'not before',
  ERR_TOKEN_TOO_OLD: 'not before',
  ERR_NOT_AN_ACCESS_TOKEN: 'kind',
  ERR_AUDIENCE_MISMATCH: 'audience',
  ERR_CONFIRMATION_UNSUPPORTED: 'sender',
  ERR_CONFIRMATION_MISSING: 'sender',
  ERR_SCOPE_INSUFFICIENT: 'scopes and roles',
  ERR_ROLE_INSUFFICIENT: 'scopes and roles',
}

export function stepOf({ code, hint }: ResourceServerError): Step | undefined {
  return hint === 'audience_missing' ? 'audience' : STEP_OF[code]
}

/** Claims are read at several points of validation: if they refuse, these may or may not have passed. */
const NOT_BEFORE_CLAIMS: ReadonlySet<Step> = new Set<Step>(['not before', 'kind', 'audience'])

/**
 * All that come before the refusal have passed: the package asks them in this order. `wrapped`: the
 * credentials were refused as they were given, and `error` is about what is left of them.
 */
export function stepResults(error: ResourceServerError | undefined, wrapped: boolean): readonly StepResult[] {
  const refusing = error && stepOf(error)
  const position = error === undefined ? STEPS.length : refusing === undefined ? 0 : STEPS.indexOf(refusing)
  const outcomeOf = (step: Step, index: number): StepResult['outcome'] => {
    if (step === refusing || (wrapped && step === 'credentials')) return 'refused'
    if (refusing === 'claims' && NOT_BEFORE_CLAIMS.has(step)) return 'unknown'
    return index < position ? 'passed' : 'unknown'
  }
  return STEPS.map((step, index) => ({ step, outcome: outcomeOf(step, index), text: QUESTIONS[step] }))
}
