/** Types of the testing subpath: clients of the test issuer, assertions, the clock, and lists of routes. */
import { createSecretKey } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { JWK } from 'jose'
import express from 'express'
import { allOf, requireScopes, resourceServer } from 'express-resource-server'
import {
  assertAccepted,
  assertAllows,
  assertDenies,
  assertRefused,
  challengesOf,
  createTestClock,
  createTestIssuer,
  publicRoutesOf,
  routesOf,
  unsupportedScopesOf,
} from 'express-resource-server/testing'
import type {
  ExpectedChallenge,
  ListedRoute,
  TestChallenge,
  TestClock,
  TestDpopClient,
  TestProofOptions,
  TestResponse,
} from 'express-resource-server/testing'
import request from 'supertest'

const issuer = createTestIssuer()
const client: TestDpopClient = issuer.dpop()

export const jwk: JWK = client.jwk
export const thumbprint: string = client.thumbprint
export const token: Promise<string> = client.token({ scope: 'read', tenant: 'acme', key: 'ES256' })
export const proof: Promise<string> = client.proof('GET', new URL('https://api.test'), {
  token: 'x',
  nonce: 'y',
})
export const spoiled: TestProofOptions = { jti: undefined, htu: 5, header: { typ: undefined } }

void issuer.token({ key: 'EdDSA' })
void issuer.token({ key: createSecretKey('a', 'utf8') })
// @ts-expect-error -- no such algorithm
void issuer.token({ key: 'ES257' })
// @ts-expect-error -- a KeyObject, not PEM in bytes
void issuer.token({ key: Buffer.from('') })
issuer.dpop({ algorithm: undefined })
issuer.dpop({ algorithm: 'Ed25519' })
// @ts-expect-error -- no such algorithm
issuer.dpop({ algorithm: 'ES257' })
// @ts-expect-error -- another name
issuer.dpop({ alg: 'ES256' })
// @ts-expect-error -- a proof needs a URL
void client.proof('GET')
// @ts-expect-error -- the method comes first
void client.proof(new URL('https://api.test'), 'GET')
// @ts-expect-error -- a token is a string
void client.proof('GET', 'https://api.test', { token: Promise.resolve('x') })
// @ts-expect-error -- a nonce is a string
void client.proof('GET', 'https://api.test', { nonce: 5 })
// @ts-expect-error -- a private key, not the name of an algorithm
void client.proof('GET', 'https://api.test', { key: 'ES256' })
// @ts-expect-error -- header members are an object
void client.proof('GET', 'https://api.test', { header: 'typ' })
// @ts-expect-error -- the key of a client does not change
client.jwk = {}
// @ts-expect-error -- nor does its thumbprint
client.thumbprint = 'x'
// @ts-expect-error -- a proof is a promise
export const now: string = client.proof('GET', 'https://api.test')

const clock: TestClock = createTestClock()
createTestClock('2030-01-01T12:00:00Z')
createTestClock(0)
// @ts-expect-error -- a time is a text or a number
createTestClock(new Date())
createTestIssuer({ clock })
export const timed = resourceServer({ ...issuer.options, clock })
export const seconds: number = clock.nowSeconds()
clock.advance(306)
// @ts-expect-error -- seconds, not a text
clock.advance('306s')

export async function answers(answered: Response, incoming: IncomingMessage): Promise<void> {
  const fromNode: TestResponse = incoming
  assertAccepted(answered)
  assertAccepted(await request(express()).get('/'))
  assertAccepted(fromNode)
  assertRefused(answered, 401)
  assertRefused(answered, 401, { scheme: 'Bearer', error: undefined })
  const challenges: readonly TestChallenge[] = challengesOf(answered)
  const scope: string | undefined = challenges[0]?.parameters['scope']
  const expected: ExpectedChallenge = { scheme: 'DPoP', scope }
  assertRefused(answered, 403, expected)
  // @ts-expect-error -- the status is a number
  assertRefused(answered, '401')
  // @ts-expect-error -- parameters are texts
  assertRefused(answered, 401, { max_age: 300 })
  // @ts-expect-error -- an answer, not the promise of one
  assertAccepted(fetch('https://api.test'))
  // @ts-expect-error -- an answer has headers
  challengesOf({ status: 401 })
  // @ts-expect-error -- challenges are as they were received
  challenges[0].scheme = 'Basic'
}

export async function guards(token: string): Promise<void> {
  const principal = await timed.verify(token)
  const guard = requireScopes('orders:read')
  const allowed: Promise<void> = assertAllows(guard, principal)
  await allowed
  await assertAllows(allOf(guard, requireScopes('a')), principal, { headers: {}, rawHeaders: [] })
  await assertDenies(guard, principal)
  await assertDenies(guard, principal, 'ERR_SCOPE_INSUFFICIENT')
  // @ts-expect-error -- no such code
  await assertDenies(guard, principal, 'ERR_SCOPES')
  // @ts-expect-error -- the principal, not the promise of one
  await assertAllows(guard, timed.verify(token))
  // @ts-expect-error -- a server is no guard
  await assertAllows(timed, principal)
}

const routes: readonly ListedRoute[] = routesOf(express())
export const names: readonly string[] = publicRoutesOf(express.Router())
export const unsupported: readonly string[] = unsupportedScopesOf(express(), ['orders:read'])
export const isProtected: boolean | undefined = routes[0]?.isProtected
export const kinds: readonly ('required' | 'optional' | 'report-only')[] = routes[0]?.servers ?? []
// @ts-expect-error -- an application, not its name
routesOf('app')
// @ts-expect-error -- scopes are a list
unsupportedScopesOf(express(), 'orders:read')
// @ts-expect-error -- the list is for reading
routes.pop()
