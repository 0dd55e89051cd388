/** What confirmation methods and request checks of other code may answer with. */
import { runInNewContext } from 'node:vm'
import { UnauthorizedError } from '../../../lib/core/errors/errors.js'
import type { ConfirmationMethod } from '../../../lib/core/http/confirmation.js'
import { runChecks } from '../../../lib/core/http/request-check.js'
import type { RequestCheck } from '../../../lib/core/http/request-check.js'

const refusal = new UnauthorizedError('ERR_CONFIRMATION_MISMATCH')
const foreignPromise = runInNewContext('Promise') as PromiseConstructor
const lazily = (settle: (resolve: (value: unknown) => void, reject: (error: unknown) => void) => void) => ({
  then: settle,
})

type Answer = () => unknown

/** The three places in which other code answers. */
const PLACES: readonly [
  string,
  (answer: Answer) => readonly [Partial<ConfirmationMethod>[], RequestCheck[]],
][] = [
  ['check of a method', (answer) => [[{ check: answer as never }], []]],
  ['commit of a method', (answer) => [[{ check: () => ({ commit: answer as never }) }], []]],
  ['a check after a method', (answer) => [[{ check: () => ({}) }], [answer as never]]],
  ['a check alone', (answer) => [[], [answer as never]]],
]

/** What becomes of the request: its headers, or the code of the error. */
async function outcomeOf(methods: readonly Partial<ConfirmationMethod>[], checks: readonly RequestCheck[]) {
  const claims = methods.length > 0 ? { cnf: { own: 'x' } } : {}
  const presented = {
    token: { claims },
    credentials: { scheme: 'Bearer', token: 'x', responseHeaders: {} },
    request: { headers: {} },
  }
  const confirmation = methods.map((method) => ({ member: 'own', ...method }) as ConfirmationMethod)
  try {
    return await runChecks({ confirmation, requiresConfirmation: false, checks }, presented as never)
  } catch (error) {
    return (error as { code?: string }).code
  }
}

describe.each(PLACES)('%s', (_place, policyOf) => {
  test.each<[string, Answer]>([
    [
      'throws',
      () => {
        throw refusal
      },
    ],
    ['rejects', () => Promise.reject(refusal)],
    ['gives a thenable that rejects', () => lazily((_resolve, reject) => reject(refusal))],
    ['gives a promise of another realm that rejects', () => foreignPromise.reject(refusal)],
  ])('refuses when it %s', async (_, answer) => {
    expect(await outcomeOf(...policyOf(answer))).toBe('ERR_CONFIRMATION_MISMATCH')
  })

  test.each<[string, unknown]>([
    ['false', false],
    ['true', true],
    ['null', null],
    ['a text', 'refused'],
    ['a list', ['refused']],
    ['a promise of false', Promise.resolve(false)],
  ])('is a fault when it answers %s, and opens nothing', async (_, answer) => {
    expect(await outcomeOf(...policyOf(() => answer))).toBe('ERR_INTERNAL')
  })

  test.each<[string, Answer]>([
    ['an object', () => ({})],
    ['a promise of one', () => Promise.resolve({})],
    ['a thenable of one', () => lazily((resolve) => resolve({}))],
  ])('accepts when it answers %s', async (_, answer) => {
    expect(await outcomeOf(...policyOf(answer))).toEqual({})
  })
})
