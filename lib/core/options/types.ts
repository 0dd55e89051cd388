/** The options as users write them. `undefined` always means the same as leaving an option out. */
import type { JSONWebKeySet } from 'jose'
import type { ClaimSource } from '../token/claim-source.js'
import type { TokenProfile } from '../token/claims.js'
import type { TokenMarks } from '../token/token-marks.js'
import type { Clock } from '../base/clock.js'
import type { KeysSnapshot } from '../keys/snapshot.js'
import type { ResourceRequest } from '../http/request.js'
import type { StandardSchema } from '../token/standard-schema.js'
import type { FetchFunction } from '../net/fetch-transport.js'

/** One claim source, or several of which the first that is present counts. */
export type ClaimSources = ClaimSource | readonly ClaimSource[]

/**
 * A place where a request may carry its token: the Authorization header, a form body (`access_token`, RFC 6750 §2.2), the
 * query (`access_token`, §2.3; it ends up in logs and histories), a header of another name that holds the token, with or
 * without `Bearer` in front, or a function of the request.
 */
export type TokenPlace =
  | 'header'
  | 'body'
  | 'query'
  | { readonly header: string }
  | ((request: ResourceRequest) => string | undefined)

/** How keys are fetched, kept and refreshed. */
export interface KeyOptions {
  /** Seconds that a key set is fresh, 1 to 86400, no less than `flightTimeoutMs`. Default: the origin's `max-age` less `Age`, within 300 to 3600; 600 without. */
  readonly ttlSeconds?: number | undefined
  /** Seconds past the TTL that keys still serve while refreshes fail, 0 to 86400. Default 3600. */
  readonly staleSeconds?: number | undefined
  /** Seconds in which unknown key ids may cause one further refresh, 1 to 3600. Default 30. */
  readonly cooldownSeconds?: number | undefined
  /** Milliseconds for one request, headers and body, 50 to 60000. Default 3000. */
  readonly attemptTimeoutMs?: number | undefined
  /** Milliseconds for one refresh, discovery and a retry included, 50 to 60000. Default 5000. */
  readonly flightTimeoutMs?: number | undefined
  /** Bytes of one document, after decoding, 1024 to 16777216. Default 262144. */
  readonly maxBytes?: number | undefined
  /** Members of one key set, 1 to 1000. Default 100. */
  readonly maxKeys?: number | undefined
  /**
   * What `snapshot()` gave in another process: keys to start with, believed no longer than if they had been fetched here when
   * they were fetched there. Keep it where only those may write who may change this configuration. Default none.
   */
  readonly snapshot?: KeysSnapshot | undefined
}

/** How many verified tokens are remembered. */
export interface TokenCacheOptions {
  /** 1 to 1000000. Default 10000. */
  readonly maxEntries?: number | undefined
  /** An estimate of the memory that they take, 65536 to 4294967296. Default 33554432. */
  readonly maxBytes?: number | undefined
}

/** What may be said for all issuers, and for one of them in its place. */
export interface TokenOptions {
  /** This resource's identifiers; a token's `aud` must name one, compared exactly. */
  readonly audience?: string | readonly string[] | undefined
  /**
   * The signature algorithms to accept. Default: every asymmetric one that the key admits; with a `secret`, every `HS*` that
   * it is long enough for. `EdDSA` means the same as `Ed25519`.
   */
  readonly algorithms?: readonly string[] | undefined
  /**
   * `'jwt'` (default): `typ` is absent, `JWT` or `at+jwt`, with or without `application/` in front, and tokens that bear the marks of
   * an ID token are refused, which is a heuristic. `'at+jwt'`: RFC 9068 whole.
   */
  readonly profile?: TokenProfile | undefined
  /**
   * The claims that betray another kind of token in the `'jwt'` profile: `true` for their presence, an array for values,
   * `{ unless: [...] }` for their presence while none of the named claims is there.
   * Default: `at_hash`, `c_hash`, `s_hash`, `events`; `typ` of `ID`, `Refresh`, `Offline`, `Logout`; `token_use` of `id`;
   * `nonce` unless `scope`, `scp`, `client_id` or `jti` is present. Replaced whole.
   */
  readonly idTokenMarks?: TokenMarks | undefined
  /** Seconds that `exp` and `nbf` may be off, 0 to 300. Default 5. */
  readonly clockToleranceSeconds?: number | undefined
  /** Where the scopes are. Default `['scope', 'scp']`: the first that is present. */
  readonly scopes?: ClaimSources | undefined
  /** Where the roles are. Default `'roles'`. A path is an array inside the array: `[['realm_access', 'roles']]`. */
  readonly roles?: ClaimSources | undefined
  /** Where the client's id is. Default `['client_id', 'azp', 'cid', 'appid']`. */
  readonly clientId?: ClaimSources | undefined
  readonly keys?: KeyOptions | undefined
}

/** Where one issuer's keys come from: exactly one of discovery, `jwksUri`, `jwks` or `secret`. */
export type KeySourceOptions =
  | {
      /** Where the issuer's metadata is. Default: both well-known places (OpenID Connect Discovery §4, RFC 8414 §3). */
      readonly metadataUrl?: string | undefined
      readonly jwksUri?: undefined
      readonly jwks?: undefined
      readonly secret?: undefined
    }
  | {
      /** The URL of the key set: https, or http on loopback. */
      readonly jwksUri: string
      readonly metadataUrl?: undefined
      readonly jwks?: undefined
      readonly secret?: undefined
    }
  | {
      /** The public keys themselves. Private and symmetric keys are refused at start-up. */
      readonly jwks: JSONWebKeySet
      readonly metadataUrl?: undefined
      readonly jwksUri?: undefined
      readonly secret?: undefined
    }
  | {
      /** The secret shared with the issuer, for `HS*`; several while it is being changed. A string stands for its UTF-8 bytes. */
      readonly secret: string | Uint8Array | readonly (string | Uint8Array)[]
      readonly metadataUrl?: undefined
      readonly jwksUri?: undefined
      readonly jwks?: undefined
    }

/** One trusted issuer. What is set here stands in place of the top-level option of that name. */
export type IssuerOptions = TokenOptions &
  KeySourceOptions & {
    /** Compared with `iss` exactly. With discovery it is an https URL; otherwise any string that is not empty. */
    readonly issuer: string
    /** The claim to read the audience from, where a provider sends no `aud`. Default `'aud'`. */
    readonly audienceClaim?: string | undefined
  }

/**
 * Trusts issuers one by one, as their first tokens arrive: `undefined` or `null` for those that are not. Asked only for tokens that pass
 * every check that needs no issuer (size, `alg`, `typ`, `crit`, and `exp` by the top-level tolerance). A yes is kept for 600 s,
 * a no for 30 s; a throw, and no answer within 2 s, are 503 and not kept. The `issuer` of the answer must equal `iss`.
 * `signal` aborts after these 2 s. `(iss) => ({ issuer: iss })` trusts the whole world.
 */
export type IssuerResolver = (
  iss: string,
  signal: AbortSignal,
) => IssuerOptions | null | undefined | Promise<IssuerOptions | null | undefined>

/** The options of `resourceServer`. */
export interface ResourceServerOptions<
  Schema extends StandardSchema | undefined = undefined,
> extends TokenOptions {
  /** Who may issue tokens. A string is an issuer whose keys are found by discovery. */
  readonly issuer: string | IssuerOptions | readonly (string | IssuerOptions)[] | IssuerResolver
  /** Accepts tokens that were issued for other resources. Never needed where the issuer can set `aud`. Default `false`. */
  readonly dangerouslyAcceptAnyAudience?: boolean | undefined
  /** Fetches metadata and keys over plain http from other hosts than loopback. Default `false`. */
  readonly dangerouslyAllowInsecureHttp?: boolean | undefined
  /**
   * Lets the issuers that a resolver adds have private, link-local and loopback addresses: for tenants within one's own network.
   * Issuers in the options may always have them. With `fetch`, only addresses written as such in a URL are refused: what a name
   * resolves to is up to that function. Default `false`.
   */
  readonly dangerouslyAllowPrivateAddresses?: boolean | undefined
  /** Seconds since `iat` after which a token is refused, 1 to 31536000. Default: off. When set, `iat` is required. */
  readonly maxTokenAgeSeconds?: number | undefined
  /** Claims that must be there. Default none beyond those of the profile. */
  readonly requiredClaims?: readonly string[] | undefined
  /** Characters of a token, 256 to 1048576. Default 16384. Node bounds all headers together at 16 KiB by default. */
  readonly maxTokenBytes?: number | undefined
  /** Where a request may carry its token. Default `['header']`. Two tokens at once are refused; other places are ignored. */
  readonly acceptTokenFrom?: TokenPlace | readonly TokenPlace[] | undefined
  /** Lets requests without credentials through, anonymous. Bad credentials are refused all the same. Default `false`. */
  readonly optional?: boolean | undefined
  /**
   * The shape of the claims, by zod, valibot, arktype or another Standard Schema. It runs once per verified token, after the
   * checks made here, and must be pure. Its output, frozen, becomes `principal.claims`. An output with something that cannot be
   * frozen, such as a `Date`, is made again for each request. Default: the claims as they are.
   */
  readonly claims?: Schema | undefined
  /** Refuses nothing, and publishes what it would have refused: for migrations. `req.auth` is not written. Default `false`. */
  readonly dangerouslyReportOnly?: boolean | undefined
  /** Scopes that imply others, transitively: `{ 'orders:write': ['orders:read'] }`. Default none. */
  readonly scopeHierarchy?: Readonly<Record<string, readonly string[]>> | undefined
  /** The URL of this resource's metadata (RFC 9728), named by each challenge. Default none. */
  readonly resourceMetadata?: string | undefined
  /** The scopes that a 401 names, so that a client knows what to ask for. Default none. */
  readonly challengeScopes?: readonly string[] | undefined
  /** The `realm` of each challenge. Default none. */
  readonly realm?: string | undefined
  /** `'respond'` (default): the middleware answers a refusal itself. `'next'`: it hands the error to `next`, headers already set. */
  readonly refusals?: 'respond' | 'next' | undefined
  /** The memory of verified tokens, bounded by entries and bytes. `false` turns it off. Default 10000 entries, 33554432 bytes. */
  readonly tokenCache?: false | TokenCacheOptions | undefined
  /** Replaces the built-in transport, for proxies and private certificate authorities. It must honour `redirect: 'manual'`. */
  readonly fetch?: FetchFunction | undefined
  /** Replaces the system's clocks, for tests. */
  readonly clock?: Clock | undefined
}
