/** Types of the testing subpath: what clients of the test issuer take and give. */
import type { JWK } from 'jose'
import { createTestIssuer } from 'express-resource-server/testing'
import type { TestDpopClient, TestProofOptions } from 'express-resource-server/testing'

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
