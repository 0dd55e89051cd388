/** Client credentials with a signed assertion (RFC 7523 §2.2). The private key stays private. */
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { GenerateKeyPairResult } from 'jose'
import { API, INITIAL_ACCESS_TOKEN } from '../../names.js'
import type { Exchange } from '../exchange.js'
import { bearer, form, postJson, success } from '../exchange.js'
import { discover, issuer } from '../store/servers.js'
import { hold } from '../store/wallet.js'
import type { TokenAnswer } from '../store/wallet.js'
import type { Grant } from './grant.js'
import { tryOut } from './grant.js'

export interface Machine {
  readonly clientId: string
  readonly privateKey: GenerateKeyPairResult['privateKey']
  readonly publicJwk: object
  readonly registration: Exchange
}

/** The private key is not extractable: WebCrypto can use it, but even this page cannot read it. */
export async function makeKeyPair() {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: false })
  return { privateKey, publicJwk: await exportJWK(publicKey) }
}

export async function register({
  privateKey,
  publicJwk,
}: Pick<Machine, 'privateKey' | 'publicJwk'>): Promise<Machine> {
  const { registration_endpoint } = await discover()
  const registration = await postJson(registration_endpoint, bearer(INITIAL_ACCESS_TOKEN), {
    token_endpoint_auth_method: 'private_key_jwt',
    scope: 'orders:read events:write',
    jwks: { keys: [publicJwk] },
  })
  const { client_id: clientId } = success<{ client_id: string }>(registration)
  return { clientId, privateKey, publicJwk, registration }
}

export function signAssertion({ clientId, privateKey }: Machine): Promise<string> {
  return new SignJWT({ iss: clientId, sub: clientId, aud: issuer, jti: crypto.randomUUID() })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuedAt()
    .setExpirationTime('1 minute')
    .sign(privateKey)
}

export async function sendAssertion(assertion: string, scope: string, resource = API): Promise<Exchange> {
  const { token_endpoint } = await discover()
  return form(token_endpoint, {
    grant_type: 'client_credentials',
    resource,
    scope,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  })
}

export const clientAssertion: Grant = {
  id: 'client-assertion',
  title: 'Client credentials with a signed assertion',
  rfc: 'RFC 6749 §4.4, RFC 7523 §2.2',
  why: 'For machines, and better than a secret. The authorization server knows only the public key, so there is nothing to steal from it. Each assertion is valid for one minute and one use.',
  scopes: ['orders:read', 'events:write'],
  button: 'Generate a key pair and sign',

  async run(story, { scopes }) {
    const pair = await makeKeyPair()
    story.tell({
      title: 'Your browser generated a key pair',
      note: 'This is the public key. The private key cannot be exported.',
      code: JSON.stringify(pair.publicJwk, undefined, 2),
    })
    const machine = await register(pair)
    story.tell({ title: 'The page registered the public key', exchange: machine.registration })
    const assertion = await signAssertion(machine)
    await story.pause(
      {
        title: 'The assertion is signed but not sent yet',
        note: 'It names the client (iss, sub), the authorization server (aud) and the expiry (exp). Its unique ID (jti) limits it to one use.',
        token: assertion,
      },
      'Send the assertion',
    )
    const exchange = await sendAssertion(assertion, scopes.join(' '))
    story.tell({ title: 'The authorization server verified it with the public key', exchange })
    const held = hold('Client credentials, assertion', machine.clientId, success<TokenAnswer>(exchange))
    await tryOut(story, held)
  },
}
