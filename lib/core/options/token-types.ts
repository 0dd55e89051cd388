/** The options about tokens, which exist for all issuers and for one. */
import type { Algorithm } from '../jws/algorithms.js'
import type { ClaimSource } from '../token/claim-source.js'
import type { TokenProfile } from '../token/claims.js'
import type { RequiredClaims } from '../token/required-claims.js'
import type { TokenMarks } from '../token/token-marks.js'
import type { KeyOptions } from './key-types.js'

/**
 * One claim source, or an array of alternatives, of which the first that is present counts. A flat
 * array of names is not a path: `['realm_access', 'roles']` reads the claim `realm_access`, or else
 * the claim `roles`.
 *
 * @example
 * roles: 'groups'
 * roles: { path: ['realm_access', 'roles'] }
 * roles: [{ path: ['realm_access', 'roles'] }, 'groups']
 */
export type ClaimSources = Exclude<ClaimSource, readonly string[]> | readonly ClaimSource[]

/** The name of a signature algorithm. `EdDSA` means the same as `Ed25519`. */
export type AlgorithmName = Algorithm | 'EdDSA'

/** Other strings compile too, for configuration from files. They are checked at start-up. */
type AlgorithmOption = AlgorithmName | (string & Record<never, never>)

/** The profiles of tokens, and the one of a whole server. */
export type Profile = TokenProfile | 'fapi2'

/** Options for all issuers, or for one of them, which replaces the former unless it says otherwise. */
export interface TokenOptions {
  /**
   * The identifiers of this API. A token's `aud` must name one, compared exactly (RFC 7519 §4.1.3).
   */
  readonly audience?: string | readonly string[] | undefined
  /**
   * The signature algorithms to accept (RFC 8725 §3.1). Default: every asymmetric one that the key
   * admits; with a `secret`, every `HS*` that it is long enough for.
   */
  readonly algorithms?: AlgorithmOption | readonly AlgorithmOption[] | undefined
  /**
   * `'jwt'` (default): the header's `typ` is absent, `JWT` or `at+jwt`, and tokens that look like
   * ID tokens are refused, which is a heuristic. `'at+jwt'`: all of RFC 9068. `'fapi2'`, for the
   * server as a whole: the FAPI 2.0 Security Profile (Final), §5.3.4 and §5.4. That is `'at+jwt'`,
   * `PS256`, `ES256` and `Ed25519` only, the Authorization header only, and bound tokens only, so
   * that `confirmation` is required. Does not check whether a token was revoked.
   */
  readonly profile?: Profile | undefined
  /**
   * The claims that show another kind of token in the `'jwt'` profile: `true` for their presence,
   * an array for values, `{ unless: [...] }` for their presence while none of the named claims is
   * present. Replaces the default completely. Default: `at_hash`, `c_hash`, `s_hash`, `events`;
   * `typ` of `ID`, `Refresh`, `Offline`, `Logout`; `token_use` of `id`; `nonce` unless `scope`,
   * `scp`, `client_id` or `jti` is present.
   */
  readonly idTokenMarks?: TokenMarks | undefined
  /**
   * Claims that must be present, or the values that they may have. Those of one issuer are required
   * in addition to those for all issuers. Default none beyond those of the profile.
   */
  readonly requiredClaims?: RequiredClaims | undefined
  /** Seconds that `exp` and `nbf` may be off, 0 to 300. Default 5. */
  readonly clockToleranceSeconds?: number | undefined
  /** The claims with the scopes. Default `['scope', 'scp']`: the first that is present. */
  readonly scopes?: ClaimSources | undefined
  /**
   * The claims with the roles. Default `'roles'`. A path is `{ path: ['realm_access', 'roles'] }`.
   */
  readonly roles?: ClaimSources | undefined
  /** The claims with the client's id. Default `['client_id', 'azp', 'cid', 'appid']`. */
  readonly clientId?: ClaimSources | undefined
  /**
   * How keys are fetched, kept and refreshed. Not for an issuer with `jwks` or `secret`, of which
   * nothing is fetched.
   *
   * @example
   * keys: { ttlSeconds: 300 }
   */
  readonly keys?: KeyOptions | undefined
}
