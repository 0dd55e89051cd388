/** The receiver of logout tokens. OpenID Connect Back-Channel Logout 1.0 §2.5 - §2.8. */
import type { IncomingMessage } from 'node:http'
import { channel } from 'node:diagnostics_channel'
import type { Channel } from 'node:diagnostics_channel'
import { isA } from '../core/base/thrown.js'
import { UnauthorizedError, UnavailableError } from '../core/errors/errors.js'
import type { Answer } from '../core/http/answer.js'
import { answerBy } from '../core/http/answering.js'
import type { Handler } from '../core/http/request.js'
import type { Server } from '../core/server/server.js'
import type { Revocation, WritableRevocationStore } from '../core/stores/revocation-store.js'
import { readParameter } from './form.js'
import { assertLogoutClaims, LOGOUT_TYPES } from './logout-token.js'
import type { LogoutRules } from './logout-token.js'
import { LogoutRefusal } from './refusal.js'
import type { LogoutRefusalReason } from './refusal.js'

export interface LogoutSettings extends LogoutRules {
  readonly server: Server
  readonly store: WritableRevocationStore
  readonly forSeconds: number
}

/** Published on `express-resource-server:logout` for each request. Holds nothing of the token. */
export type LogoutEvent =
  | { readonly type: 'accepted'; readonly issuer: string; readonly by: 'sid' | 'subject' }
  | { readonly type: 'refused'; readonly reason: LogoutRefusalReason; readonly cause: unknown }
  | { readonly type: 'failed'; readonly cause: unknown }

interface LogoutAnswer {
  readonly status: number
  readonly body?: { readonly error: string; readonly error_description: string }
  readonly headers?: Readonly<Record<string, string>>
}

const logouts: Channel = channel('express-resource-server:logout')

const ACCEPTED: LogoutAnswer = { status: 200 }

const NOT_POST: LogoutAnswer = {
  status: 405,
  body: { error: 'invalid_request', error_description: 'Logout tokens are sent by POST' },
  headers: { allow: 'POST' },
}

const UNAVAILABLE = {
  error: 'temporarily_unavailable',
  error_description: 'The logout cannot be recorded right now',
}

export function logoutHandler(settings: LogoutSettings): Handler {
  return function backChannelLogout(req, res, next) {
    answerBy(() => (req.method === 'POST' ? answerTo(req, settings) : rendered(NOT_POST)), res, next)
  }
}

async function answerTo(req: IncomingMessage, settings: LogoutSettings): Promise<Answer> {
  try {
    await logout(req, settings)
    return rendered(ACCEPTED)
  } catch (thrown) {
    return rendered(toAnswer(thrown))
  }
}

async function logout(req: IncomingMessage, settings: LogoutSettings): Promise<void> {
  const token = await readParameter(req, 'logout_token')
  const { issuer, revocation } = await verify(token, settings)
  await settings.store.revoke(revocation)
  publish({ type: 'accepted', issuer, by: revocation.sid === undefined ? 'subject' : 'sid' })
}

async function verify(
  token: string,
  settings: LogoutSettings,
): Promise<{ readonly issuer: string; readonly revocation: Revocation }> {
  const { server, forSeconds } = settings
  try {
    const { issuer, claims } = await server.verifyIssued(token, {
      types: LOGOUT_TYPES,
      assertClaims: (unverified) => void assertLogoutClaims(unverified, settings),
    })
    const loggedOut = assertLogoutClaims(claims, settings)
    return { issuer, revocation: { issuer, forSeconds, ...loggedOut } }
  } catch (thrown) {
    if (isA(thrown, UnauthorizedError)) throw new LogoutRefusal('untrusted', { cause: thrown })
    throw thrown
  }
}

/** Anything but a refusal is a failure here: the provider may send the token again. */
function toAnswer(thrown: unknown): LogoutAnswer {
  if (isA(thrown, LogoutRefusal)) {
    publish({ type: 'refused', reason: thrown.reason, cause: thrown.cause })
    return { status: 400, body: { error: 'invalid_request', error_description: thrown.message } }
  }
  publish({ type: 'failed', cause: thrown })
  const seconds = isA(thrown, UnavailableError) ? thrown.retryAfterSeconds : 1
  return { status: 503, body: UNAVAILABLE, headers: { 'retry-after': String(seconds) } }
}

function publish(event: LogoutEvent): void {
  if (logouts.hasSubscribers) logouts.publish(event)
}

function rendered({ status, body, headers }: LogoutAnswer): Answer {
  const text = body === undefined ? '' : JSON.stringify(body)
  return {
    status,
    headers: {
      'cache-control': 'no-store',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      'content-length': String(Buffer.byteLength(text)),
      ...headers,
    },
    body: text,
  }
}
