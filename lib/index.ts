/** The public surface of the package: what is not named here is not promised. */
export { resourceServer } from './express/resource-server.js'
export type { AuthenticationResult, ClaimsOf, ResourceServer } from './express/server-interface.js'
export {
  allOf,
  anyOf,
  requireAnyRole,
  requireAnyScope,
  requireClaim,
  requireRoles,
  requireScopes,
  requireThat,
} from './express/guards.js'
export type { CombinedGuard, GuardFor, RequireThatOptions } from './express/guards.js'
export { requireActor, requireAuthentication, requireAuthorizationDetails } from './express/token-guards.js'
export type { RequireAuthenticationOptions } from './express/token-guards.js'
export type { AuthorizationDetail } from './core/access/authorization-details.js'
export { exposedHeaders } from './core/http/response-headers.js'
export type { AsyncGuard, Guard } from './core/access/guard.js'
export type { Ignored } from './core/errors/misuse.js'
export type { ConfirmationMethod } from './core/http/confirmation.js'
export type { HealthRouteOptions } from './express/health-route.js'
export type { Register, RegisteredClaims } from './express/types.js'
export type { Answer } from './core/http/answer.js'
export type { Actor, ActorPattern } from './core/access/actor.js'
export type { Principal } from './core/access/principal.js'
export type { Handler, Next, ResourceRequest } from './core/http/request.js'
export type { ClaimPath, ClaimSource } from './core/token/claim-source.js'
export type { TokenProfile } from './core/token/claims.js'
export type { RequiredClaims } from './core/token/required-claims.js'
export type { TokenMarks } from './core/token/token-marks.js'
export type { ClaimValue } from './core/access/requirements.js'
export type { Algorithm } from './core/jws/algorithms.js'
export type { Clock } from './core/base/clock.js'
export type { FetchFunction, FetchResponse } from './core/net/fetch-transport.js'
export type { AcceptedEvent, RefusedEvent } from './core/server/events.js'
export type { FlightTrace, KeysEvent, RefreshKind } from './core/keys/events.js'
export type { FailWhen, Health, IssuerHealth, IssuerSelection } from './core/server/lifecycle.js'
export type { KeySetHealth, KeyStatus } from './core/keys/health.js'
export type { IssuerSnapshot, KeysSnapshot } from './core/keys/snapshot.js'
export type { KeyState } from './core/keys/state.js'
export type { KeyOptions, KeySourceOptions } from './core/options/key-types.js'
export type { AlgorithmName, ClaimSources, TokenOptions } from './core/options/token-types.js'
export type {
  IssuerOptions,
  IssuerResolver,
  IssuerWithAudience,
  ResourceServerOptions,
  TokenPlace,
} from './core/options/types.js'
export type { TokenCacheOptions } from './core/options/value-types.js'
export {
  ConfigurationError,
  ForbiddenError,
  InternalError,
  InvalidRequestError,
  ResourceServerError,
  UnauthorizedError,
  UnavailableError,
} from './core/errors/errors.js'
export type { StandardSchema } from './core/token/standard-schema.js'
export { ClaimsSchemaError } from './core/errors/claims-schema-error.js'
export type { ChallengeDetail, ErrorCode, ErrorDetail, Hint, OAuthError } from './core/errors/errors.js'
