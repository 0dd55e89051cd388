/** The options after parsing: plain settings, from which `assemble` makes a server. */
import type { Clock, Clocks } from '../base/clock.js'
import type { ChallengeConfig } from '../http/answer.js'
import type { ConfirmationMethod } from '../http/confirmation.js'
import type { CredentialPlace, CredentialSource } from '../http/credentials.js'
import type { RequestCheck } from '../http/request-check.js'
import type { ResourceMetadata } from '../http/resource-metadata.js'
import type { Algorithm } from '../jws/algorithms.js'
import type { KeySettings } from '../keys/settings.js'
import type { FetchFunction } from '../net/fetch-transport.js'
import type { Transport } from '../net/transport.js'
import type { PlainClaimSource } from '../token/claim-source.js'
import type { ClaimsGate, ClaimsPolicy } from '../token/claims.js'
import type { ResolveIssuer } from '../token/resolver-call.js'
import type { JwsVerifier } from '../token/jws-verifier.js'
import type { Issuers } from '../token/issuers.js'
import type { StandardSchema } from '../token/standard-schema.js'
import type { TokenVerifier } from '../token/verifier.js'
import type { IntrospectionHealth } from './introspection-health.js'
import type { TokenCacheLimits } from './token-cache.js'

/** One issuer of the options, or of a resolver's answer. */
export interface IssuerSettings {
  readonly issuer: string
  readonly algorithms: readonly Algorithm[]
  readonly policy: ClaimsPolicy
  readonly scopes: readonly PlainClaimSource[]
  readonly roles: readonly PlainClaimSource[]
  readonly clientId: readonly PlainClaimSource[]
  readonly keys: KeySettings
}

export type IssuersSettings =
  | { readonly kind: 'given'; readonly issuers: readonly IssuerSettings[] }
  | {
      readonly kind: 'resolver'
      readonly resolve: ResolveIssuer
      /** Parses a resolver's answer. Throws a ConfigurationError. */
      readonly parse: (options: unknown) => IssuerSettings
    }

/** What a verifier for another kind of token can use of the server that it belongs to. */
export interface VerifierContext {
  readonly issuers: Issuers
  readonly verifyJws: JwsVerifier
  /** Verifies a JWT access token. */
  readonly jwt: TokenVerifier
  readonly clocks: Clocks
  readonly transport: Transport
  readonly claimsSchema: StandardSchema | undefined
  readonly maxTokenBytes: number
}

/** A verifier, with what else it adds to its server. */
export interface ServerVerifier extends TokenVerifier {
  /** Asked on each request, about the tokens of all verifiers. */
  readonly check?: RequestCheck
  /** Fetches what it needs before the first token. */
  ready?(timeoutMs: number): Promise<void>
  health?(): IntrospectionHealth
  /** Forgets what it knows of the tokens of these issuers. */
  purge?(issuers: ReadonlySet<string>): void
  close?(): void
}

export type MakeVerifier = (context: VerifierContext) => ServerVerifier

/** The value of the option `opaque`, as the server sees it. */
export interface OpaquePlanner {
  /** Called at start-up, before anything is made. Throws a ConfigurationError. */
  plan(server: OpaqueServer): OpaquePlan
}

/** What the value of `opaque` can know of its server at start-up. */
export interface OpaqueServer {
  readonly issuers: IssuersSettings
  readonly usesFetch: boolean
  /** `profile: 'fapi2'`. */
  readonly isFapi: boolean
  readonly allowInsecureHttp: boolean
}

export interface OpaquePlan {
  /** The issuer of the opaque tokens. */
  readonly issuer: string
  readonly makeVerifier: MakeVerifier
}

/** The value of the option `decryption`, as the server sees it. */
export interface DecryptionPlan {
  makeVerifier(context: VerifierContext): TokenVerifier
}

/** What features add to a server. */
export interface Extensions {
  readonly credentialSources: readonly CredentialSource[]
  /** Asked before the verifier of JWTs. */
  readonly verifiersBefore: readonly MakeVerifier[]
  /** Asked after the verifier of JWTs. */
  readonly verifiersAfter: readonly MakeVerifier[]
  readonly confirmation: readonly ConfirmationMethod[]
  readonly checks: readonly RequestCheck[]
}

export interface ServerSettings extends Extensions {
  /** Whether unbound tokens are refused, whatever the methods say. */
  readonly requiresConfirmation: boolean
  readonly issuers: IssuersSettings
  /** What tokens of all issuers have in common. */
  readonly gates: ClaimsGate & { readonly algorithms: ReadonlySet<string>; readonly maxTokenBytes: number }
  readonly clock: Clock | undefined
  readonly fetch: FetchFunction | undefined
  readonly claimsSchema: StandardSchema | undefined
  /** `undefined`: tokens are not remembered. */
  readonly tokenCache: TokenCacheLimits | undefined
  readonly credentialPlaces: readonly CredentialPlace[]
  /** For each scope those that it implies directly. */
  readonly scopeHierarchy: Readonly<Record<string, readonly string[]>>
  /** Authentication context classes, weakest first. */
  readonly acrLevels: readonly string[]
  readonly challenge: ChallengeConfig
  readonly metadata: ResourceMetadata | undefined
  readonly isOptional: boolean
  readonly refusals: 'respond' | 'next'
  readonly isReportOnly: boolean
}
