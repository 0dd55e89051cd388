/** Makes a server from settings. Everything was parsed before: only verifiers can fail, and leave no key source behind. */
import { closeHierarchy } from '../access/scopes.js'
import { Clocks } from '../base/clock.js'
import type { MaybePromise } from '../base/maybe-promise.js'
import { Answers } from '../http/answer.js'
import { credentialSource } from '../http/credentials.js'
import type { CredentialPlace, CredentialSource } from '../http/credentials.js'
import { NO_HEADERS } from '../http/request.js'
import type { ResponseHeaders } from '../http/request.js'
import type { RequestCheck } from '../http/request-check.js'
import { headerNames } from '../jws/algorithms.js'
import { HeaderReader } from '../jws/jose-header.js'
import { makeKeySource } from '../keys/settings.js'
import type { KeySourceMeans } from '../keys/settings.js'
import { fetchTransport } from '../net/fetch-transport.js'
import { nodeTransport } from '../net/node-transport.js'
import { rolesReader, scopesReader, stringReader } from '../token/claim-source.js'
import { ResolvedIssuers } from '../token/issuer-resolver.js'
import { StaticIssuers } from '../token/issuers.js'
import type { Issuers, ManagedIssuer } from '../token/issuers.js'
import { issuedJwsVerifier } from '../token/issued-jws.js'
import type { IssuedJwsVerifier } from '../token/issued-jws.js'
import { jwsVerifier } from '../token/jws-verifier.js'
import { JwtVerifier } from '../token/jwt-verifier.js'
import type { TokenVerifier, VerifiedToken } from '../token/verifier.js'
import { refuse } from './refuse.js'
import type { Server } from './server.js'
import type {
  IssuerSettings,
  IssuersSettings,
  MakeVerifier,
  ServerSettings,
  ServerVerifier,
  VerifierContext,
} from './settings.js'
import { TokenCache } from './token-cache.js'
import { Verifications } from './verifications.js'

/** The key sources that the server holds are released by `close()`. */
export function assemble(settings: ServerSettings): Server {
  const { challenge, refusals, isReportOnly, isOptional, fetch, tokenCache } = settings
  const clocks = new Clocks(settings.clock)
  const transport = fetch === undefined ? nodeTransport : fetchTransport(fetch)
  const issuers = makeIssuers(settings.issuers, { transport, clocks })
  const schemes = settings.confirmation.map((method) => method.challenge).filter((each) => each !== undefined)
  const requiresConfirmation = isConfirmationRequired(settings)
  const offersBearer = !requiresConfirmation || schemes.length < settings.confirmation.length
  const answers = new Answers({ ...challenge, schemes, offersBearer })
  const verifiers = makeVerifiers(settings, issuers, { transport, clocks })
  if (isReportOnly) warnOfReportOnly()
  return {
    issuers,
    verifyIssued: verifiers.verifyIssued,
    clocks,
    answers,
    isOptional,
    isReportOnly,
    metadata: settings.metadata,
    verifications: new Verifications(tokenVerification(verifiers)),
    verifiers: verifiers.added,
    tokenCache: tokenCache && new TokenCache(tokenCache),
    credentialSources: makeSources(
      settings,
      schemes.map(({ scheme }) => scheme),
    ),
    vary: varyOf(settings.credentialPlaces),
    usualHeaders: usualHeadersOf(settings),
    requestChecks: {
      confirmation: settings.confirmation,
      requiresConfirmation,
      checks: [...settings.checks, ...checksOf(verifiers.added)],
    },
    scopeHierarchy: closeHierarchy(settings.scopeHierarchy),
    acrLevels: settings.acrLevels,
    refuse: (thrown, exchange) => {
      refuse(thrown, exchange, { answers, refusals, isReportOnly })
    },
  }
}

function isConfirmationRequired({ confirmation, requiresConfirmation }: ServerSettings): boolean {
  return requiresConfirmation || confirmation.some(({ isRequired }) => isRequired === true)
}

function makeIssuers(settings: IssuersSettings, means: KeySourceMeans): Issuers {
  if (settings.kind === 'given')
    return new StaticIssuers(settings.issuers.map((each) => makeIssuer(each, means)))
  const { resolve, parse } = settings
  const make = (options: unknown): ManagedIssuer => makeIssuer(parse(options), means)
  return new ResolvedIssuers({ resolve, make, clocks: means.clocks })
}

function makeIssuer(settings: IssuerSettings, means: KeySourceMeans): ManagedIssuer {
  const { issuer, algorithms, policy, scopes, roles, clientId, keys } = settings
  return {
    issuer,
    algorithms: new Set(algorithms),
    headerAlgorithms: headerNames(algorithms),
    keys: makeKeySource(keys, means),
    policy,
    scopesOf: scopesReader(scopes),
    rolesOf: rolesReader(roles),
    clientIdOf: stringReader(clientId),
  }
}

interface Verifiers {
  readonly jwt: TokenVerifier
  readonly added: readonly ServerVerifier[]
  /** In the order in which a token is offered to them. */
  readonly inOrder: readonly TokenVerifier[]
  readonly verifyIssued: IssuedJwsVerifier
}

function makeVerifiers(
  { gates, claimsSchema, verifiersBefore, verifiersAfter }: ServerSettings,
  issuers: Issuers,
  means: KeySourceMeans,
): Verifiers {
  const jwsGates = { ...gates, headers: new HeaderReader(gates.algorithms) }
  const jwt = new JwtVerifier({ gates: jwsGates, issuers, clocks: means.clocks, claimsSchema })
  const verifyJws = jwsVerifier(jwsGates, issuers)
  const { maxTokenBytes } = gates
  const context: VerifierContext = { issuers, jwt, verifyJws, claimsSchema, maxTokenBytes, ...means }
  const added = makeAll([...verifiersBefore, ...verifiersAfter], context)
  const before = added.slice(0, verifiersBefore.length)
  return {
    jwt,
    added,
    inOrder: [...before, jwt, ...added.slice(before.length)],
    verifyIssued: issuedJwsVerifier(jwsGates, issuers),
  }
}

/** The values of options make them, which may be the user's: what was made before is released. */
function makeAll(makers: readonly MakeVerifier[], context: VerifierContext): readonly ServerVerifier[] {
  const made: ServerVerifier[] = []
  try {
    for (const make of makers) made.push(make(context))
    return made
  } catch (thrown) {
    for (const verifier of made) verifier.close?.()
    context.issuers.close()
    throw thrown
  }
}

function checksOf(verifiers: readonly ServerVerifier[]): readonly RequestCheck[] {
  return verifiers.map(({ check }) => check).filter((check) => check !== undefined)
}

/** A token that no verifier handles is for the verifier of JWTs to refuse. */
function tokenVerification({ jwt, inOrder }: Verifiers): (token: string) => MaybePromise<VerifiedToken> {
  if (inOrder.length === 1) return (token) => jwt.verify(token)
  const asked = inOrder.at(-1) === jwt ? inOrder.slice(0, -1) : inOrder
  return (token) => (asked.find((verifier) => verifier.handles(token)) ?? jwt).verify(token)
}

function makeSources(settings: ServerSettings, schemes: readonly string[]): readonly CredentialSource[] {
  return [
    ...settings.credentialPlaces.map((place) => credentialSource(place, schemes)),
    ...settings.credentialSources,
  ]
}

/**
 * The headers that decide an answer (RFC 9110 §12.5.5). A function may read any. The query is part of
 * what caches compare anyway, and forms come with methods that are not cached.
 */
function varyOf(places: readonly CredentialPlace[]): string | undefined {
  if (places.some(({ kind }) => kind === 'function')) return '*'
  const names = places.flatMap((place) => (place.kind === 'header' ? [place.name] : []))
  const canonical = names.map((name) => (name === 'authorization' ? 'Authorization' : name))
  return canonical.length === 0 ? undefined : canonical.join(', ')
}

/**
 * Where anonymous requests pass, or a token may be outside the Authorization header, caches must know
 * by which headers answers differ: a handler may replace `private`.
 */
function usualHeadersOf({ credentialPlaces, isOptional }: ServerSettings): ResponseHeaders {
  const vary = varyOf(credentialPlaces)
  const isKnown = credentialPlaces.every(isAuthorization)
  return vary === undefined || (isKnown && !isOptional) ? NO_HEADERS : Object.freeze({ vary })
}

function isAuthorization(place: CredentialPlace): boolean {
  return place.kind === 'header' && place.name === 'authorization'
}

function warnOfReportOnly(): void {
  process.emitWarning('dangerouslyReportOnly is set: resourceServer and its guards refuse nothing', {
    type: 'SecurityWarning',
    code: 'RESOURCE_SERVER_REPORT_ONLY',
  })
}
