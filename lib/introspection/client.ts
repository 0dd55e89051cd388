/** How this API authenticates at the endpoint: RFC 6749 §2.3.1, RFC 7523 §2.2, RFC 8705 §2. */
import { randomUUID } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Agent } from 'node:https'
import { SignJWT } from 'jose'
import type { MaybePromise } from '../core/base/maybe-promise.js'

type Headers = Readonly<Record<string, string>>

/** What one call is authenticated for. */
export interface AssertionContext {
  /** The issuer identifier, as the audience of an assertion. */
  readonly audience: string
  readonly nowSeconds: number
}

export interface Client {
  readonly id: string
  /** Presents the certificate of the client. */
  readonly agent?: Agent
  /** Adds parameters to the form, and returns headers. */
  authenticate(form: URLSearchParams, context: AssertionContext): MaybePromise<Headers>
}

const ASSERTION_SECONDS = 60
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const NONE: Headers = {}

/** Both parts are encoded as in a form before they are joined. RFC 6749 §2.3.1. */
export function basicClient(id: string, secret: string): Client {
  const credentials = Buffer.from(`${formEncoded(id)}:${formEncoded(secret)}`).toString('base64')
  const headers = { authorization: `Basic ${credentials}` }
  return { id, authenticate: () => headers }
}

export function postClient(id: string, secret: string): Client {
  return {
    id,
    authenticate: (form) => {
      form.set('client_id', id)
      form.set('client_secret', secret)
      return NONE
    },
  }
}

export interface AssertionKey {
  readonly key: KeyObject
  readonly algorithm: string
  readonly kid: string | undefined
}

/** Each call has an assertion of its own, as a server may refuse to see one twice. RFC 7523 §3. */
export function assertionClient(id: string, { key, algorithm, kid }: AssertionKey): Client {
  const header = { alg: algorithm, ...(kid !== undefined && { kid }) }
  return {
    id,
    authenticate: async (form, { audience, nowSeconds }) => {
      const iat = Math.floor(nowSeconds)
      const claims = { iss: id, sub: id, aud: audience, iat, exp: iat + ASSERTION_SECONDS, jti: randomUUID() }
      const assertion = await new SignJWT(claims).setProtectedHeader(header).sign(key)
      form.set('client_id', id)
      form.set('client_assertion_type', ASSERTION_TYPE)
      form.set('client_assertion', assertion)
      return NONE
    },
  }
}

export function certificateClient(id: string, agent: Agent): Client {
  return {
    id,
    agent,
    authenticate: (form) => {
      form.set('client_id', id)
      return NONE
    },
  }
}

function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}
