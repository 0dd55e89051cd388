/**
 * Assertions about answers and guards, for every test runner: they throw what `node:assert` throws.
 */
import { AssertionError } from 'node:assert'
import { isObject } from '../core/base/own.js'
import type { AnyGuard } from '../core/access/guard.js'
import type { Principal } from '../core/access/principal.js'
import type { ErrorCode } from '../core/errors/errors.js'
import { ResourceServerError } from '../core/errors/errors.js'
import type { ResourceRequest } from '../core/http/request.js'
import { assertBag } from '../core/options/bag.js'
import { challengesOf, statusOf } from './challenges.js'
import type { TestChallenge, TestResponse } from './challenges.js'

/**
 * What a challenge must have: parameters by their names on the wire, and `scheme`. One that is
 * `undefined` must be missing.
 */
export type ExpectedChallenge = Readonly<Record<string, string | undefined>>

/**
 * Throws unless the answer has the status, and one challenge with all the expected parameters. Every
 * 401 must have a challenge. Not checked: further parameters, and the body.
 *
 * @example
 * assertRefused(await fetch(url), 401, { scheme: 'Bearer', error: undefined })
 * assertRefused(await get(token), 403, { error: 'insufficient_scope', scope: 'orders:read' })
 */
export function assertRefused(response: TestResponse, status: number, challenge?: ExpectedChallenge): void {
  if (challenge !== undefined) assertBag(challenge, 'assertRefused')
  assertAnswer(response, 'assertRefused')
  if (typeof status !== 'number')
    throw new TypeError('assertRefused: needs the status as a number, such as 401, after the answer')
  const challenges = challengesOf(response)
  const isAsExpected =
    challenge === undefined
      ? status !== 401 || challenges.length > 0
      : challenges.some((each) => hasAll(each, challenge))
  if (statusOf(response) === status && isAsExpected) return
  const expected = { status, ...(challenge !== undefined && { challenge }) }
  throw new AssertionError({
    message: `Expected a refusal with ${JSON.stringify(expected)}, but the answer is ${describe(response)}`,
    actual: { status: statusOf(response), challenges },
    expected,
    operator: 'assertRefused',
    stackStartFn: assertRefused,
  })
}

/** Throws unless the status is below 400. The message has the challenge. */
export function assertAccepted(response: TestResponse): void {
  assertAnswer(response, 'assertAccepted')
  const status = statusOf(response) ?? 500
  if (status < 400) return
  throw new AssertionError({
    message: `Expected an answer to an accepted request, but it is ${describe(response)}`,
    actual: status,
    expected: 200,
    operator: 'assertAccepted',
    stackStartFn: assertAccepted,
  })
}

function assertAnswer(response: unknown, name: string): void {
  assertNoPromise(response, name, 'the answer', 'the request')
  if (isObject(response) && isObject(response['headers'])) return
  throw new TypeError(`${name}: needs the answer to a request first, as fetch or supertest gives it`)
}

function assertNoPromise(value: unknown, name: string, what: string, source: string): void {
  if (!isObject(value) || typeof Reflect.get(value, 'then') !== 'function') return
  throw new TypeError(`${name}: needs ${what}, and not a promise of it. Write await in front of ${source}`)
}

/** A guard is a function with a method: what makes guards, and other handlers, have none. */
function assertDecision(guard: unknown, principal: unknown, name: string): void {
  if (typeof guard !== 'function' || typeof Reflect.get(guard, 'check') !== 'function')
    throw new TypeError(`${name}: needs a guard first, such as requireScopes('orders:read')`)
  assertNoPromise(principal, name, 'a principal', 'api.verify(token)')
  if (!isObject(principal)) throw new TypeError(`${name}: needs a principal, such as await api.verify(token)`)
}

const NO_REQUEST: ResourceRequest = { headers: {}, rawHeaders: [] }

/**
 * Rejects unless the guard lets the principal pass. `request` is for guards that look at it.
 *
 * @example
 * await assertAllows(requireScopes('orders:read'), await api.verify(token))
 */
export async function assertAllows(
  guard: AnyGuard,
  principal: Principal<unknown>,
  request: ResourceRequest = NO_REQUEST,
): Promise<void> {
  assertDecision(guard, principal, 'assertAllows')
  const code = await refusalOf(guard, principal, request)
  if (code === undefined) return
  throw new AssertionError({
    message: `Expected the guard ${guard.name} to let the principal pass, but it refuses with ${code}`,
    actual: code,
    operator: 'assertAllows',
    stackStartFn: assertAllows,
  })
}

/**
 * Rejects unless the guard refuses the principal, with the code if one is given.
 *
 * @example
 * await assertDenies(requireRoles('admin'), await api.verify(token), 'ERR_ROLE_INSUFFICIENT')
 */
export async function assertDenies(
  guard: AnyGuard,
  principal: Principal<unknown>,
  code?: ErrorCode,
  request: ResourceRequest = NO_REQUEST,
): Promise<void> {
  assertDecision(guard, principal, 'assertDenies')
  const actual = await refusalOf(guard, principal, request)
  if (actual !== undefined && (code === undefined || actual === code)) return
  throw new AssertionError({
    message: `Expected the guard ${guard.name} to refuse${code === undefined ? '' : ` with ${code}`}, but it ${
      actual === undefined ? 'lets the principal pass' : `refuses with ${actual}`
    }`,
    actual,
    expected: code,
    operator: 'assertDenies',
    stackStartFn: assertDenies,
  })
}

async function refusalOf(
  guard: AnyGuard,
  principal: Principal<unknown>,
  request: ResourceRequest,
): Promise<ErrorCode | undefined> {
  try {
    await guard.check(principal, request)
    return undefined
  } catch (thrown) {
    // Errors of the predicate, and mistakes in the set-up, are no decisions.
    if (!(thrown instanceof ResourceServerError) || thrown.status >= 500) throw thrown
    return thrown.code
  }
}

function hasAll({ scheme, parameters }: TestChallenge, expected: ExpectedChallenge): boolean {
  const actual: Readonly<Record<string, string>> = { ...parameters, scheme }
  return Object.entries(expected).every(([name, value]) => actual[name] === value)
}

function describe(response: TestResponse): string {
  const challenges = challengesOf(response).map(
    ({ scheme, parameters }) => `${scheme} ${JSON.stringify(parameters)}`,
  )
  return `${String(statusOf(response))} with ${challenges.length === 0 ? 'no challenge' : challenges.join(' and ')}`
}
