import { UnauthorizedError } from 'express-resource-server'
import { assertNotExpired, assertTokenType, validateClaims } from '../../../lib/core/token/claims.js'
import { DEFAULT_ID_TOKEN_MARKS } from '../../../lib/core/token/token-marks.js'
import type { ClaimsPolicy, TokenProfile } from '../../../lib/core/token/claims.js'
import type { JsonObject } from '../../../lib/core/base/own.js'
import { HeaderReader } from '../../../lib/core/jws/jose-header.js'
import { AUDIENCE, CLAIMS, encode, NOW } from '../../support/tokens.js'

const policy: ClaimsPolicy = {
  profile: 'jwt',
  audiences: new Set([AUDIENCE, 'urn:api']),
  audienceClaim: 'aud',
  idTokenMarks: DEFAULT_ID_TOKEN_MARKS,
  clockToleranceSeconds: 5,
  maxTokenAgeSeconds: undefined,
  requiredClaims: [],
}

/** `passed`, or the code of the refusal. */
function outcomeOf(run: () => unknown): string {
  try {
    run()
    return 'passed'
  } catch (error) {
    if (error instanceof UnauthorizedError) return error.code
    throw error
  }
}

/** Claims as they come from a token: changed, serialised, parsed. `undefined` leaves one out. */
function outcome(changes: object, rules: Partial<ClaimsPolicy> = {}): string {
  return rawOutcome(JSON.stringify({ ...CLAIMS, ...changes }), rules)
}

function rawOutcome(json: string, rules: Partial<ClaimsPolicy> = {}): string {
  const claims = JSON.parse(json) as JsonObject
  return outcomeOf(() => validateClaims(claims, { ...policy, ...rules }, NOW))
}

/** A number as it stands in the text of a token. */
function withNumber(name: string, number: string, rules: Partial<ClaimsPolicy> = {}): string {
  const { [name as 'exp']: _replaced, ...rest } = CLAIMS
  return rawOutcome(`{"${name}":${number},${JSON.stringify(rest).slice(1)}`, rules)
}

describe('exp', () => {
  test.each<[string, number, string]>([
    ['at the moment of expiry, without tolerance', 0, 'ERR_TOKEN_EXPIRED'],
    ['a second before it', 1, 'passed'],
    ['half a second before it', 0.5, 'passed'],
    ['half a second after it', -0.5, 'ERR_TOKEN_EXPIRED'],
  ])('%s', (_title, left, expected) => {
    expect(outcome({ exp: NOW + left }, { clockToleranceSeconds: 0 })).toBe(expected)
  })

  test.each<[number, number, string]>([
    [30, -29, 'passed'],
    [30, -29.999, 'passed'],
    [30, -30, 'ERR_TOKEN_EXPIRED'],
    [30, -31, 'ERR_TOKEN_EXPIRED'],
    [5, -4, 'passed'],
    [5, -5, 'ERR_TOKEN_EXPIRED'],
  ])('tolerance %d s, expiry at %d s from now', (clockToleranceSeconds, left, expected) => {
    expect(outcome({ exp: NOW + left }, { clockToleranceSeconds })).toBe(expected)
  })

  test.each([
    ['0', 'ERR_TOKEN_EXPIRED'],
    ['-0', 'ERR_TOKEN_EXPIRED'],
    ['-1', 'ERR_TOKEN_EXPIRED'],
    ['-1e308', 'ERR_TOKEN_EXPIRED'],
    ['1e-400', 'ERR_TOKEN_EXPIRED'],
    ['1750000300.25', 'passed'],
    ['1.7500003e9', 'passed'],
    ['253402300799', 'passed'],
    ['253402300800', 'ERR_CLAIM_INVALID'],
    ['1750000300000', 'ERR_CLAIM_INVALID'],
    ['9007199254740993', 'ERR_CLAIM_INVALID'],
    ['1e18', 'ERR_CLAIM_INVALID'],
    ['123456789012345678901234567890', 'ERR_CLAIM_INVALID'],
    ['1e400', 'ERR_CLAIM_INVALID'],
    ['-1e400', 'ERR_CLAIM_INVALID'],
  ])('written as %s: %s', (number, expected) => {
    expect(withNumber('exp', number)).toBe(expected)
  })

  test.each<[unknown, string]>([
    [undefined, 'ERR_CLAIM_MISSING'],
    [null, 'ERR_CLAIM_INVALID'],
    [String(NOW + 300), 'ERR_CLAIM_INVALID'],
    ['2099-01-01', 'ERR_CLAIM_INVALID'],
    [true, 'ERR_CLAIM_INVALID'],
    [[NOW + 300], 'ERR_CLAIM_INVALID'],
    [{}, 'ERR_CLAIM_INVALID'],
  ])('of %j: %s', (exp, expected) => {
    expect(outcome({ exp })).toBe(expected)
  })

  test.each<[unknown, string]>([
    [NOW - 5, 'ERR_TOKEN_EXPIRED'],
    [NOW - 4, 'passed'],
    [Number.NEGATIVE_INFINITY, 'ERR_TOKEN_EXPIRED'],
    ['no number', 'passed'],
    [undefined, 'passed'],
  ])('before the signature is verified, %j can refuse, and no more: %s', (exp, expected) => {
    expect(outcomeOf(() => assertNotExpired({ exp }, policy, NOW))).toBe(expected)
  })
})

describe('nbf', () => {
  test.each<[number, string]>([
    [-1, 'passed'],
    [0, 'passed'],
    [5, 'passed'],
    [5.001, 'ERR_TOKEN_NOT_YET_VALID'],
    [6, 'ERR_TOKEN_NOT_YET_VALID'],
  ])('tolerance 5 s, valid from %d s from now: %s', (offset, expected) => {
    expect(outcome({ nbf: NOW + offset })).toBe(expected)
  })

  test.each(['null', '"1"', '[]', '{}', 'true', '1e400', '-1e400', '1e18'])('of %s: refused', (text) => {
    expect(rawOutcome(`{"nbf":${text},${JSON.stringify(CLAIMS).slice(1)}`)).toBe('ERR_CLAIM_INVALID')
  })
})

describe('iat', () => {
  test.each<[unknown, string]>([
    [undefined, 'passed'],
    [NOW + 1_000_000, 'passed'],
    [0, 'passed'],
    [-1, 'passed'],
    ['1', 'ERR_CLAIM_INVALID'],
    [null, 'passed'],
    [1e18, 'ERR_CLAIM_INVALID'],
  ])('of %j, without maxTokenAgeSeconds: its type alone counts: %s', (iat, expected) => {
    expect(outcome({ iat })).toBe(expected)
  })

  test.each<[unknown, string]>([
    [undefined, 'ERR_CLAIM_MISSING'],
    [null, 'ERR_CLAIM_MISSING'],
    [NOW, 'passed'],
    [NOW - 605, 'passed'],
    [NOW - 605.5, 'ERR_TOKEN_TOO_OLD'],
    [NOW - 606, 'ERR_TOKEN_TOO_OLD'],
    [0, 'ERR_TOKEN_TOO_OLD'],
    [-1e300, 'ERR_TOKEN_TOO_OLD'],
    [NOW + 5, 'passed'],
    [NOW + 6, 'ERR_TOKEN_NOT_YET_VALID'],
  ])('of %j, with maxTokenAgeSeconds 600 and tolerance 5: %s', (iat, expected) => {
    expect(outcome({ iat }, { maxTokenAgeSeconds: 600 })).toBe(expected)
  })
})

test('iat that is null is invalid in profile at+jwt', () => {
  expect(outcome({ iat: null }, { profile: 'at+jwt' })).toBe('ERR_CLAIM_INVALID')
})

test('the registered claims are returned, typed, once all checks have passed', () => {
  expect(validateClaims({ ...CLAIMS, nbf: NOW }, policy, NOW)).toEqual({
    subject: 'user-1',
    clientId: 'client-1',
    jti: 'token-1',
    audience: [AUDIENCE],
    audiences: [[AUDIENCE]],
    expiresAt: NOW + 300,
    notBefore: NOW,
    issuedAt: NOW,
  })
})

describe('aud', () => {
  test.each<[string, unknown]>([
    ['this resource', AUDIENCE],
    ['another of its identifiers', 'urn:api'],
    ['an array with it', [AUDIENCE]],
    ['an array with it, last of many', [...Array.from({ length: 10_000 }, (_, i) => `x${i}`), AUDIENCE]],
  ])('%s: passed', (_title, aud) => {
    expect(outcome({ aud })).toBe('passed')
  })

  test.each<[string, unknown, string]>([
    ['absent', undefined, 'ERR_CLAIM_MISSING'],
    ['another resource', 'https://other.test', 'ERR_AUDIENCE_MISMATCH'],
    ['a trailing slash', `${AUDIENCE}/`, 'ERR_AUDIENCE_MISMATCH'],
    ['a longer path', `${AUDIENCE}/admin`, 'ERR_AUDIENCE_MISMATCH'],
    ['a prefix', AUDIENCE.slice(0, -1), 'ERR_AUDIENCE_MISMATCH'],
    ['another case', AUDIENCE.toUpperCase(), 'ERR_AUDIENCE_MISMATCH'],
    ['the default port', `${AUDIENCE}:443`, 'ERR_AUDIENCE_MISMATCH'],
    ['white space', ` ${AUDIENCE}`, 'ERR_AUDIENCE_MISMATCH'],
    ['two in one string', `${AUDIENCE} urn:api`, 'ERR_AUDIENCE_MISMATCH'],
    ['empty', '', 'ERR_AUDIENCE_MISMATCH'],
    ['an empty array', [], 'ERR_AUDIENCE_MISMATCH'],
    ['10,000 others', Array.from({ length: 10_000 }, (_, i) => `x${i}`), 'ERR_AUDIENCE_MISMATCH'],
    ['null', null, 'ERR_CLAIM_INVALID'],
    ['a number', 1, 'ERR_CLAIM_INVALID'],
    ['true', true, 'ERR_CLAIM_INVALID'],
    ['an object', { [AUDIENCE]: true }, 'ERR_CLAIM_INVALID'],
    ['an object like an array', { 0: AUDIENCE, length: 1 }, 'ERR_CLAIM_INVALID'],
    ['a nested array', [[AUDIENCE]], 'ERR_CLAIM_INVALID'],
    ['an array that also holds a number', [1, AUDIENCE], 'ERR_CLAIM_INVALID'],
    ['an array that also holds null', [null, AUDIENCE], 'ERR_CLAIM_INVALID'],
  ])('%s: refused', (_title, aud, expected) => {
    expect(outcome({ aud })).toBe(expected)
  })

  test.each<[string, object, string]>([
    ['the claim that is named counts', { aud: undefined, client_id: AUDIENCE }, 'passed'],
    ['and aud does not', { aud: AUDIENCE, client_id: 'c' }, 'ERR_AUDIENCE_MISMATCH'],
    ['it must be there', { client_id: undefined }, 'ERR_CLAIM_MISSING'],
    ['an aud that is there names this resource', { aud: 'urn:api', client_id: AUDIENCE }, 'passed'],
    ['not another', { aud: 'https://other.test', client_id: AUDIENCE }, 'ERR_AUDIENCE_MISMATCH'],
    ['and is well-formed', { aud: 7, client_id: AUDIENCE }, 'ERR_CLAIM_INVALID'],
    ['null included', { aud: null, client_id: AUDIENCE }, 'ERR_CLAIM_INVALID'],
  ])('with audienceClaim, %s', (_title, changes, expected) => {
    expect(outcome(changes, { audienceClaim: 'client_id' })).toBe(expected)
  })

  test.each<[string, unknown, TokenProfile, string]>([
    ['another', 'https://other.test', 'jwt', 'passed'],
    ['none', undefined, 'jwt', 'passed'],
    ['none, in a profile that asks for it', undefined, 'at+jwt', 'ERR_CLAIM_MISSING'],
    ['of the wrong type', 7, 'jwt', 'ERR_CLAIM_INVALID'],
  ])('where any audience will do: %s', (_title, aud, profile, expected) => {
    expect(outcome({ aud }, { audiences: undefined, profile })).toBe(expected)
  })

  test('is given back as an array', () => {
    const audience = (aud: unknown, rules = {}): unknown =>
      validateClaims({ ...CLAIMS, aud }, { ...policy, ...rules }, NOW).audience
    expect(audience(AUDIENCE)).toEqual([AUDIENCE])
    expect(audience(['x', AUDIENCE])).toEqual(['x', AUDIENCE])
    expect(audience(undefined, { audiences: undefined })).toEqual([])
  })
})

describe.each(['sub', 'client_id', 'jti'])('%s', (name) => {
  test.each<[string, unknown, TokenProfile, string]>([
    ['any text', 'a\u0000b\u202ec', 'jwt', 'passed'],
    ['absent', undefined, 'jwt', 'passed'],
    ['absent', undefined, 'at+jwt', 'ERR_CLAIM_MISSING'],
    ['empty', '', 'jwt', 'passed'],
    ['empty', '', 'at+jwt', 'ERR_CLAIM_INVALID'],
    ['null', null, 'jwt', 'passed'],
    ['null', null, 'at+jwt', 'ERR_CLAIM_INVALID'],
    ['a number', 123, 'jwt', 'ERR_CLAIM_INVALID'],
    ['an object', { $gt: '' }, 'jwt', 'ERR_CLAIM_INVALID'],
    ['an array', ['user-1'], 'jwt', 'ERR_CLAIM_INVALID'],
  ])('%s (%j), profile %s: %s', (_title, value, profile, expected) => {
    expect(outcome({ [name]: value }, { profile })).toBe(expected)
  })
})

describe('the profile', () => {
  test.each<[unknown, string, string]>([
    [undefined, 'passed', 'ERR_TOKEN_TYPE'],
    ['JWT', 'passed', 'ERR_TOKEN_TYPE'],
    ['jwt', 'passed', 'ERR_TOKEN_TYPE'],
    ['at+jwt', 'passed', 'passed'],
    ['AT+JWT', 'passed', 'passed'],
    ['application/at+jwt', 'passed', 'passed'],
    ['Application/AT+JWT', 'passed', 'passed'],
    ['application/jwt', 'passed', 'ERR_TOKEN_TYPE'],
    ['APPLICATION/JWT', 'passed', 'ERR_TOKEN_TYPE'],
    ...[
      'application/application/jwt',
      'application/application/at+jwt',
      'text/at+jwt',
      'at+jwt ',
      ' at+jwt',
      'at+jwt;v=1',
      'xat+jwt',
      'at+JWT\0',
    ].map(refusedByBoth),
    ...['id_token+jwt', 'logout+jwt', 'dpop+jwt', 'secevent+jwt', 'JOSE', 'none', ''].map(refusedByBoth),
    ...[1, null, true, ['at+jwt'], { toLowerCase: 1 }].map(refusedByBoth),
  ])('typ %j: %s in profile jwt, %s in profile at+jwt', (typ, jwt, atJwt) => {
    const part = encode({ alg: 'ES256', typ })
    const read = () => new HeaderReader(new Set(['ES256'])).read(part).typ
    expect(outcomeOf(() => assertTokenType(read(), 'jwt'))).toBe(jwt)
    expect(outcomeOf(() => assertTokenType(read(), 'at+jwt'))).toBe(atJwt)
  })

  function refusedByBoth(typ: unknown): [unknown, string, string] {
    return [typ, 'ERR_TOKEN_TYPE', 'ERR_TOKEN_TYPE']
  }

  test('at+jwt takes a token with all that RFC 9068 requires', () => {
    expect(outcome({}, { profile: 'at+jwt' })).toBe('passed')
  })

  test.each(['exp', 'aud', 'sub', 'client_id', 'iat', 'jti'])('at+jwt refuses a token without %s', (name) => {
    expect(outcome({ [name]: undefined }, { profile: 'at+jwt' })).toBe('ERR_CLAIM_MISSING')
  })

  test('at+jwt requires aud also where another claim is the audience', () => {
    const rules = { profile: 'at+jwt', audienceClaim: 'resource' } as const
    expect(outcome({ resource: AUDIENCE }, rules)).toBe('passed')
    expect(outcome({ resource: AUDIENCE, aud: undefined }, rules)).toBe('ERR_CLAIM_MISSING')
  })

  test.each(['sub', 'client_id', 'azp', 'jti'])('requiredClaims: an empty %s is missing', (name) => {
    expect(outcome({ [name]: 'x' }, { requiredClaims: [{ name }] })).toBe('passed')
    expect(outcome({ [name]: '' }, { requiredClaims: [{ name }] })).toBe('ERR_CLAIM_MISSING')
  })

  test.each<[object, string]>([
    [{ tenant: 't' }, 'passed'],
    [{ tenant: false }, 'passed'],
    [{ tenant: '' }, 'passed'],
    [{}, 'ERR_CLAIM_MISSING'],
    [{ tenant: null }, 'ERR_CLAIM_MISSING'],
  ])('requiredClaims: tenant, in both profiles, with %j: %s', (changes, expected) => {
    const requiredClaims = [{ name: 'tenant' }]
    expect(outcome(changes, { requiredClaims })).toBe(expected)
    expect(outcome(changes, { requiredClaims, profile: 'at+jwt' })).toBe(expected)
  })

  test.each(['constructor', 'toString', '__proto__'])(
    'requiredClaims: %s is not there by inheritance',
    (name) => {
      expect(outcome({}, { requiredClaims: [{ name }] })).toBe('ERR_CLAIM_MISSING')
    },
  )
})

describe('required values', () => {
  test.each<[string, unknown, string]>([
    ['one of them', 'access', 'passed'],
    ['another of them', 'bearer', 'passed'],
    ['an array with one of them', ['x', 'access'], 'passed'],
    ['a number among them', 1, 'passed'],
    ['false, which is among them', false, 'passed'],
    ['another value', 'refresh', 'ERR_CLAIMS_REFUSED'],
    ['another case', 'Access', 'ERR_CLAIMS_REFUSED'],
    ['the number as text', '1', 'ERR_CLAIMS_REFUSED'],
    ['an array without any', ['x'], 'ERR_CLAIMS_REFUSED'],
    ['an empty array', [], 'ERR_CLAIMS_REFUSED'],
    ['an array inside an array', [['access']], 'ERR_CLAIMS_REFUSED'],
    ['an object', { access: true }, 'ERR_CLAIMS_REFUSED'],
    ['an empty text', '', 'ERR_CLAIMS_REFUSED'],
    ['null', null, 'ERR_CLAIM_MISSING'],
    ['nothing', undefined, 'ERR_CLAIM_MISSING'],
  ])('%s', (_title, use, expected) => {
    const requiredClaims = [{ name: 'use', values: new Set(['access', 'bearer', 1, false]) }]
    expect(outcome({ use }, { requiredClaims })).toBe(expected)
    expect(outcome({ use }, { requiredClaims, profile: 'at+jwt' })).toBe(expected)
  })

  test.each<[string, object, string | undefined]>([
    ['azp', { name: 'Jane', scope: undefined, client_id: undefined }, 'id_token'],
    ['azp', { scope: 'read' }, undefined],
    ['tenant', { name: 'Jane', scope: undefined, client_id: undefined }, undefined],
  ])('a token without %s and with %j gets the hint %s', (name, changes, hint) => {
    const claims = JSON.parse(JSON.stringify({ ...CLAIMS, ...changes })) as JsonObject
    const run = (): unknown => validateClaims(claims, { ...policy, requiredClaims: [{ name }] }, NOW)
    expect(run).toThrow(expect.objectContaining({ code: 'ERR_CLAIM_MISSING', hint }))
  })

  test.each<[string, object, Partial<ClaimsPolicy>, string, string[]]>([
    ['a required claim', {}, { requiredClaims: [{ name: 'azp' }] }, 'ERR_CLAIM_MISSING', ['azp']],
    [
      'required values of a claim that is missing',
      {},
      { requiredClaims: [{ name: 'use', values: new Set(['access']) }] },
      'ERR_CLAIM_MISSING',
      ['use'],
    ],
    [
      'required values of a claim that has another',
      { use: 's3cr3t' },
      { requiredClaims: [{ name: 'use', values: new Set(['access', 1, false]) }] },
      'ERR_CLAIMS_REFUSED',
      ['use: access', 'use: 1', 'use: false'],
    ],
    ['exp', { exp: undefined }, {}, 'ERR_CLAIM_MISSING', ['exp']],
    ['iat', { iat: undefined }, { maxTokenAgeSeconds: 60 }, 'ERR_CLAIM_MISSING', ['iat']],
    ['a claim of at+jwt', { jti: undefined }, { profile: 'at+jwt' }, 'ERR_CLAIM_MISSING', ['jti']],
  ])('the error says what was expected: %s', (_title, changes, rules, code, expected) => {
    const claims = JSON.parse(JSON.stringify({ ...CLAIMS, ...changes })) as JsonObject
    const run = (): unknown => validateClaims(claims, { ...policy, ...rules }, NOW)
    expect(run).toThrow(expect.objectContaining({ code, expected }))
  })

  test('each requirement counts, also two of one claim', () => {
    const requiredClaims = ['a', 'b'].map((value) => ({ name: 'use', values: new Set([value]) }))
    expect(outcome({ use: ['a', 'b'] }, { requiredClaims })).toBe('passed')
    expect(outcome({ use: ['a'] }, { requiredClaims })).toBe('ERR_CLAIMS_REFUSED')
  })

  test('a claim that Object.prototype has is not there by inheritance', () => {
    const requiredClaims = [{ name: 'toString', values: new Set(['x']) }]
    expect(outcome({}, { requiredClaims })).toBe('ERR_CLAIM_MISSING')
  })
})

describe('the marks of other tokens', () => {
  test.each<[string, object]>([
    ['an ID token, by at_hash', { at_hash: 'x' }],
    ['an ID token, by c_hash', { c_hash: 'x' }],
    ['an ID token, by s_hash', { s_hash: 'x' }],
    ['a logout token or security event', { events: {} }],
    ["Keycloak's ID token", { typ: 'ID' }],
    ["Keycloak's refresh token", { typ: 'Refresh' }],
    ["Keycloak's offline token", { typ: 'Offline' }],
    ["Keycloak's logout token", { typ: 'Logout' }],
    ["Cognito's ID token", { token_use: 'id' }],
  ])('%s: refused', (_title, marks) => {
    expect(outcome(marks)).toBe('ERR_NOT_AN_ACCESS_TOKEN')
  })

  test.each<[string, object]>([
    ['marks that are null', { at_hash: null, events: null, nonce: null, c_hash: null }],
    ['marks that are empty', { at_hash: '', events: '', nonce: '' }],
    ['a nonce alone, which some access tokens have', { nonce: 'n' }],
    ["Keycloak's access token", { typ: 'Bearer', azp: 'c' }],
    ["Cognito's access token", { token_use: 'access' }],
    ['typ that is no string', { typ: ['ID'] }],
    ['typ in another case', { typ: 'id' }],
  ])('%s: passed', (_title, claims) => {
    expect(outcome(claims)).toBe('passed')
  })

  const bare = { scope: undefined, client_id: undefined, jti: undefined }

  test.each<[string, object]>([
    ['by a provider without at_hash', { azp: 'client-1', acr: '1', auth_time: NOW, typ: 'JWT' }],
    ['with empty identifiers', { client_id: '', jti: '' }],
    ['with a client that is null', { client_id: null, scp: null }],
  ])('a nonce and nothing that only access tokens have, %s: refused', (_title, claims) => {
    expect(outcome({ ...bare, nonce: 'n', ...claims })).toBe('ERR_NOT_AN_ACCESS_TOKEN')
    expect(outcome({ ...bare, ...claims, client_id: undefined })).toBe('passed')
  })

  test.each<[string, object]>([
    ['scope', { scope: 'read' }],
    ['scp', { scp: ['read'] }],
    ['client_id', { client_id: 'c' }],
    ['jti, as in older Keycloak tokens', { jti: 'j', azp: 'c', typ: 'Bearer' }],
  ])('a nonce beside %s: passed', (_title, claims) => {
    expect(outcome({ ...bare, nonce: 'n', ...claims })).toBe('passed')
  })

  test.each<[object, string]>([
    [{ nonce: 'n', kind: 'k' }, 'passed'],
    [{ nonce: 'n' }, 'ERR_NOT_AN_ACCESS_TOKEN'],
    [{ kind: 'k' }, 'passed'],
  ])('own ones can depend on other claims: %j: %s', (changes, expected) => {
    expect(outcome(changes, { idTokenMarks: { nonce: { unless: ['kind'] } } })).toBe(expected)
    expect(outcome(changes, { idTokenMarks: {} })).toBe('passed')
  })

  test('are not looked for in profile at+jwt, where typ is certain', () => {
    expect(outcome({ at_hash: 'x' }, { profile: 'at+jwt' })).toBe('passed')
  })

  test.each<[object, string]>([
    [{ id_token: 1 }, 'ERR_NOT_AN_ACCESS_TOKEN'],
    [{ kind: 'b' }, 'ERR_NOT_AN_ACCESS_TOKEN'],
    [{ kind: 'c' }, 'passed'],
    [{ at_hash: 'x' }, 'passed'],
  ])('own ones replace them: %j: %s', (changes, expected) => {
    expect(outcome(changes, { idTokenMarks: { id_token: true, kind: ['a', 'b'] } })).toBe(expected)
  })

  test('come before the audience, so that an ID token is called one', () => {
    expect(outcome({ aud: 'client-1', at_hash: 'x' })).toBe('ERR_NOT_AN_ACCESS_TOKEN')
  })
})

describe('the hint', () => {
  const hintOf = (run: () => unknown): unknown => {
    try {
      run()
    } catch (error) {
      return (error as UnauthorizedError).hint
    }
    throw new Error('It was not refused')
  }
  const judge = (changes: object, rules: Partial<ClaimsPolicy>) =>
    validateClaims({ ...CLAIMS, ...changes }, { ...policy, ...rules }, NOW)

  test.each<[string, () => unknown, unknown]>([
    ['of a plain JWT, by RFC 9068', () => assertTokenType('jwt', 'at+jwt'), 'typ_not_at_jwt'],
    ['of no typ, by RFC 9068', () => assertTokenType(undefined, 'at+jwt', CLAIMS), 'typ_not_at_jwt'],
    ['of a proof, by RFC 9068', () => assertTokenType('dpop+jwt', 'at+jwt', CLAIMS), undefined],
    ['of another typ, where at+jwt is not asked for', () => assertTokenType('x', 'jwt'), undefined],
    ['of an iat a little ahead', () => judge({ iat: NOW + 60 }, { maxTokenAgeSeconds: 60 }), 'clock_skew'],
    ['of an iat far ahead', () => judge({ iat: NOW + 900 }, { maxTokenAgeSeconds: 60 }), undefined],
    [
      'of no aud where any will do, by RFC 9068',
      () => judge({ aud: undefined }, { audiences: undefined, profile: 'at+jwt' }),
      'audience_missing',
    ],
  ])('%s', (_title, run, hint) => {
    expect(hintOf(run)).toBe(hint)
  })
})
