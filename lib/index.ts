/** The public surface of the package: what is not named here is not promised. */
export { resourceServer } from './express/resource-server.js'
export type { AuthenticationResult, ClaimsOf, ResourceServer } from './express/resource-server.js'
export {
  allOf,
  anyOf,
  requireAnyRole,
  requireAnyScope,
  requireAuthentication,
  requireClaim,
  requireRoles,
  requireScopes,
  requireThat,
} from './express/guards.js'
export type { RequireThatOptions } from './express/guards.js'
export type { AsyncGuard, Guard } from './express/guard.js'
export type { HealthRouteOptions } from './express/health-route.js'
export type { Handler, Next, Register, RegisteredClaims } from './express/types.js'
export type { Actor, Principal } from './core/principal.js'
export type { ResourceRequest } from './core/request.js'
export type { ClaimSource } from './core/claim-source.js'
export type { TokenMarks, TokenProfile } from './core/claims.js'
export type { ClaimValue } from './core/guards.js'
export type { Algorithm } from './core/algorithms.js'
export type { Clock } from './core/clock.js'
export type { FetchFunction } from './core/transport.js'
export type { AcceptedEvent, KeysEvent, RefreshKind, RefusedEvent } from './core/events.js'
export type { FailWhen, Health, IssuerHealth, IssuerSelection } from './core/lifecycle.js'
export type { KeySetHealth, KeyStatus } from './core/keys/health.js'
export type { IssuerSnapshot, KeysSnapshot } from './core/keys/snapshot.js'
export type { KeyState } from './core/keys/state.js'
export type {
  ClaimSources,
  IssuerOptions,
  IssuerResolver,
  KeyOptions,
  KeySourceOptions,
  ResourceServerOptions,
  TokenCacheOptions,
  TokenOptions,
  TokenPlace,
} from './core/options/types.js'
export {
  ConfigurationError,
  ForbiddenError,
  InternalError,
  InvalidRequestError,
  ResourceServerError,
  UnauthorizedError,
  UnavailableError,
} from './core/errors.js'
export type { StandardSchema } from './core/standard-schema.js'
export { ClaimsSchemaError } from './core/standard-schema.js'
export type { ErrorCode, ErrorDetail, Hint, OAuthError } from './core/errors.js'
