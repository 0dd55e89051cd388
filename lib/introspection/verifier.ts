/** Introspection as a verifier of its server: of opaque tokens, and a second question about JWTs. RFC 7662. */
import { andThen } from '../core/base/maybe-promise.js'
import { ConfigurationError, UnauthorizedError } from '../core/errors/errors.js'
import { isPlaceholder } from '../core/errors/hints.js'
import type { ServerVerifier, VerifierContext } from '../core/server/settings.js'
import type { TrustedIssuer } from '../core/token/issuers.js'
import { callEndpoint, parsePlainAnswer } from './call.js'
import { endpointFinder, sourceOf } from './endpoint.js'
import type { Place } from './endpoint.js'
import { traceCall } from './events.js'
import { Introspector } from './introspector.js'
import type { IntrospectorConfig } from './introspector.js'
import type { IntrospectionSettings } from './options.js'
import { SIGNED_MEDIA_TYPE, signedAnswerReader } from './signed-answer.js'
import { IntrospectedToken, toVerifiedToken } from './token.js'

export interface PlannedIntrospection extends Omit<IntrospectionSettings, 'issuer' | 'endpoint'> {
  readonly issuer: string
  readonly place: Place
}

export function introspectionVerifier(
  planned: PlannedIntrospection,
  context: VerifierContext,
): ServerVerifier {
  const { issuer, client, asksAboutJwts } = planned
  const { clocks, transport, issuers, claimsSchema: schema, maxTokenBytes } = context
  const trusted = issuers.get(issuer)
  if (trusted === undefined)
    throw new ConfigurationError('introspection.issuer: is unknown', 'introspection.issuer')
  const policy = {
    ...trusted.policy,
    profile: 'jwt' as const,
    acceptsMissing: planned.acceptsMissingAudience,
  }
  const usesCertificate = client.agent !== undefined
  const endpoints = endpointFinder(planned.place, { transport, clocks, usesCertificate })
  const call = endpointCaller(planned, trusted, context)
  const source = sourceOf(planned.place, issuer)
  const limits = planned
  const judging = { issuer, policy, clientIdOf: trusted.clientIdOf }
  const introspector = new Introspector({ ...judging, endpoints, source, limits, clocks, schema, call })
  const tokens = { trusted, issuers, policy, clocks, schema }
  return {
    handles: () => true,
    verify: (token) => {
      assertCanBeAsked(token, maxTokenBytes)
      return andThen(introspector.ask({ token }), (active) => toVerifiedToken(token, active, tokens))
    },
    ...(asksAboutJwts && { check: secondQuestion(introspector, issuer) }),
    ready: (timeoutMs) => introspector.ready(timeoutMs),
    health: () => introspector.health(),
    purge: (names) => {
      if (names.has(issuer)) introspector.purge()
    },
    close: () => {
      introspector.close()
    },
  }
}

/** What cannot be a token is not worth a call. */
function assertCanBeAsked(token: string, maxTokenBytes: number): void {
  if (token.length > maxTokenBytes) throw new UnauthorizedError('ERR_TOKEN_TOO_LARGE')
  if (isPlaceholder(token)) throw new UnauthorizedError('ERR_TOKEN_MALFORMED', { hint: 'token_placeholder' })
}

/** Tokens of other issuers are not shown to this one. */
function secondQuestion(introspector: Introspector, issuer: string): NonNullable<ServerVerifier['check']> {
  return (token) => {
    if (token instanceof IntrospectedToken || token.issuer.issuer !== issuer) return undefined
    return andThen(introspector.ask({ token: token.token, verified: token.claims }), () => undefined)
  }
}

function endpointCaller(
  { client, issuer, timeoutMs, isSigned }: PlannedIntrospection,
  trusted: TrustedIssuer,
  { clocks, transport, issuers }: VerifierContext,
): IntrospectorConfig['call'] {
  const accept = isSigned ? SIGNED_MEDIA_TYPE : 'application/json'
  const config = { client, issuer, timeoutMs, accept, transport, clocks }
  const read = isSigned
    ? signedAnswerReader({ trusted, issuers, clientId: client.id, clocks })
    : parsePlainAnswer
  return (endpoint, token, signal) =>
    traceCall({ issuer }, async () => {
      const raw = await callEndpoint(endpoint, token, config, signal)
      return { answer: await read(raw), bytes: raw.body.byteLength }
    })
}
