/** `npm run demo:webhook`: a webhook call, from a new key pair to the event, and refusals. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { Answer, Wanted } from './client.js'
import { discoverEndpoints, postJson, requestToken } from './client.js'
import { readPorts, reportFailure } from './command-line.js'
import { API, API_FOR_ONE_SECOND, INITIAL_ACCESS_TOKEN, OTHER_API } from './names.js'
import type { Report } from './report.js'
import { createReport } from './report.js'
import type { Demo } from './start.js'
import { findDemo, startDemo } from './start.js'

async function tellStory({ api, issuer }: Demo, { step, show, answer }: Report) {
  const endpoints = await discoverEndpoints(issuer)

  step('Generate a key pair')
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const publicJwk = await exportJWK(publicKey)
  show('public key', publicJwk)

  step('Register the public key with the authorization server')
  const registration = await postJson(endpoints.registration, INITIAL_ACCESS_TOKEN, {
    token_endpoint_auth_method: 'private_key_jwt',
    scope: 'orders:read events:write',
    jwks: { keys: [publicJwk] },
  })
  assert.equal(registration.status, 201)
  const clientId = String(registration.body.client_id)
  show('client_id', clientId)

  step('Sign a client assertion with the private key')
  function signAssertion() {
    return new SignJWT({ iss: clientId, sub: clientId, aud: issuer, jti: randomUUID() })
      .setProtectedHeader({ alg: 'ES256' })
      .setExpirationTime('1 minute')
      .sign(privateKey)
  }
  const assertion = await signAssertion()
  show('claims', decodeJwt(assertion))

  step('Exchange it for an access token')
  const wanted = { resource: API, scope: 'events:write' }
  async function obtainToken(proof: { assertion: string }, otherwise?: Partial<Wanted>) {
    const { status, body } = await requestToken(endpoints.token, { ...wanted, ...otherwise }, proof)
    assert.equal(status, 200)
    return String(body.access_token)
  }
  const token = await obtainToken({ assertion })
  show('header', decodeProtectedHeader(token))
  show('claims', decodeJwt(token))

  step('Call the webhook with it')
  const event = { type: 'order.paid' }
  function deliver(accessToken: string) {
    return postJson(`${api}/webhooks/events`, accessToken, event)
  }
  answer('the event', await deliver(token), { status: 200, body: { received: event, from: clientId } })

  step('See what is refused')
  async function obtainAnother(otherwise: Partial<Wanted>) {
    return obtainToken({ assertion: await signAssertion() }, otherwise)
  }
  const expired = await untilExpired(await obtainAnother({ resource: API_FOR_ONE_SECOND }))
  const foreign = await obtainAnother({ resource: OTHER_API })
  const scopeless = await obtainAnother({ scope: 'orders:read' })
  answer('a tampered token', await deliver(tamper(token)), UNTRUSTED)
  answer('an expired token', await deliver(expired), UNTRUSTED)
  answer('a token for another API', await deliver(foreign), MISDIRECTED)
  answer('a token without the scope', await deliver(scopeless), SCOPE_MISSING)
  answer('the same assertion again', await requestToken(endpoints.token, wanted, { assertion }), REPLAYED)
}

/** Changes the claims to those of another client, and keeps the signature. */
function tamper(token: string) {
  const [header, , signature] = token.split('.')
  const claims = { ...decodeJwt(token), sub: 'office', client_id: 'office' }
  return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.')
}

async function untilExpired(token: string) {
  const { exp = 0 } = decodeJwt(token)
  while (Date.now() < exp * 1000) await sleep(exp * 1000 - Date.now())
  return token
}

function refusal(status: number, error: string, description: string, more = ''): Answer {
  const challenge = `Bearer error="${error}", error_description="${description}"${more}`
  return { status, challenge, body: { error, error_description: description } }
}

/** One text for expiry and all checks up to the signature: attackers learn nothing by trying. */
const UNTRUSTED = refusal(
  401,
  'invalid_token',
  'The access token is malformed, expired or not from a trusted issuer',
)
const MISDIRECTED = refusal(401, 'invalid_token', 'The access token is not meant for this resource')
const SCOPE_MISSING = refusal(
  403,
  'insufficient_scope',
  'The access token lacks a required scope',
  ', scope="events:write"',
)
const REPLAYED: Answer = {
  status: 401,
  body: { error: 'invalid_client', error_description: 'client authentication failed' },
}

async function main() {
  const report = createReport()
  const demo = (await findDemo(readPorts())) ?? (await startDemo({ port: 0, issuerPort: 0, pagePort: 0 }))
  try {
    console.log(`Webhook: ${demo.api}/webhooks/events\nAuthorization server: ${demo.issuer}`)
    await tellStory(demo, report)
    console.log('\nEvery response was as expected.')
  } catch (error) {
    console.error(`\nFailed at ${report.current()}:`)
    throw error
  } finally {
    await demo.close()
  }
}

main().catch(reportFailure)
