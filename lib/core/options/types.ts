/** The options as users write them. `undefined` means the same as leaving an option out. */
import type { Clock } from '../base/clock.js'
import type { ConfirmationMethod } from '../http/confirmation.js'
import type { RevocationMethod } from '../http/request-check.js'
import type { ResourceRequest } from '../http/request.js'
import type { ResourceMetadata } from '../http/resource-metadata.js'
import type { StandardSchema } from '../token/standard-schema.js'
import type { FetchFunction } from '../net/fetch-transport.js'
import type { KeySourceOptions } from './key-types.js'
import type { TokenOptions } from './token-types.js'
import type { Decryption, OpaqueTokens, TokenCacheOptions } from './value-types.js'

/**
 * A place where a request may carry its token:
 * - `'header'`: `Authorization: Bearer <token>` (RFC 6750 §2.1)
 * - `'body'`: `access_token` in a form that a body parser has read (§2.2)
 * - `'query'`: `access_token` in the query (§2.3), which ends up in logs and histories
 * - `{ header: 'x-token' }`: another header, which holds the token, with or without `Bearer` in front
 * - a function of the request, which may be declared for `express.Request`. Without a token it
 *   returns `undefined`, `null` or `false`, which is what `cookie-parser` gives for a cookie with a
 *   wrong signature. Any other value that is not a string is a malformed token, hence a 400. A
 *   promise is a 500: the function must not be `async`.
 *
 * @example
 * acceptTokenFrom: ['header', (req: express.Request) => req.signedCookies['token']]
 */
export type TokenPlace = 'header' | 'body' | 'query' | { readonly header: string } | TokenFunction

/** A method, as the parameter of a function could not be a request of Express. */
type TokenFunction = { read(request: ResourceRequest): string | false | null | undefined }['read']

/** One trusted issuer. Its options replace the top-level ones of the same name. */
export type IssuerOptions = TokenOptions &
  KeySourceOptions & {
    /**
     * Compared with `iss` exactly. For discovery an https URL; otherwise any string that is not
     * empty.
     */
    readonly issuer: string
    /** The claim with the audience, if the provider sends no `aud`. Default `'aud'`. */
    readonly audienceClaim?: string | undefined
  }

/** An issuer with an audience of its own. */
export type IssuerWithAudience = IssuerOptions & { readonly audience: string | readonly string[] }

/**
 * Decides about each issuer when its first token arrives; `undefined` or `null` means that it is not trusted.
 * Called only for tokens that pass every check that needs no issuer: size, `alg`, `typ`, `crit`,
 * and `exp` by the top-level tolerance. An accepted issuer is kept for 600 s, a refused one for
 * 30 s. If the resolver throws, or does not answer within 2 s, when `signal` aborts, the request gets
 * 503. The `issuer` of the result must equal `iss`, and it needs an audience, its own or the top level's.
 *
 * Whether `iss` deserves trust is not checked: `(iss) => ({ issuer: iss })` trusts the whole world.
 */
export type IssuerResolver = (
  iss: string,
  signal: AbortSignal,
) => IssuerOptions | null | undefined | Promise<IssuerOptions | null | undefined>

/**
 * The options of `resourceServer`. Two are required: `issuer`, and `audience`, unless each issuer
 * has an audience of its own, `protectedResource()` names the resource, or any audience is accepted.
 */
export type ResourceServerOptions<Schema extends StandardSchema | undefined = undefined> =
  ServerOptions<Schema> & (AudiencePerIssuer | AnyAudience | OneAudience | AudienceOfMetadata)

/**
 * Each issuer has an audience of its own. A resolver's issuers are checked when they are resolved.
 */
interface AudiencePerIssuer {
  readonly issuer: IssuerWithAudience | readonly IssuerWithAudience[] | IssuerResolver
}

interface AnyAudience {
  readonly dangerouslyAcceptAnyAudience: boolean | undefined
}

/** A value that is `undefined`, such as an unset environment variable, is refused at start-up. */
interface OneAudience {
  readonly audience: string | readonly string[] | undefined
}

/** The resource identifier is the audience. */
interface AudienceOfMetadata {
  readonly resourceMetadata: ResourceMetadata
}

/** All options, without what they require of each other. */
export interface ServerOptions<Schema extends StandardSchema | undefined> extends TokenOptions {
  /** Who may issue tokens. A string is an issuer whose keys are found by discovery. */
  readonly issuer: string | IssuerOptions | readonly (string | IssuerOptions)[] | IssuerResolver
  /**
   * Accepts tokens that were issued for other APIs. Not needed if the issuer can set `aud`. Default
   * `false`.
   */
  readonly dangerouslyAcceptAnyAudience?: boolean | undefined
  /** Fetches metadata and keys over plain http from hosts other than loopback. Default `false`. */
  readonly dangerouslyAllowInsecureHttp?: boolean | undefined
  /**
   * Lets issuers that a resolver adds have private, link-local and loopback addresses, for tenants
   * in your own network. Issuers in the options always may. With `fetch`, only addresses in a URL
   * are checked, not those that a name resolves to. Default `false`.
   */
  readonly dangerouslyAllowPrivateAddresses?: boolean | undefined
  /**
   * Seconds since `iat` after which a token is refused, 1 to 31536000. Default: off. When set,
   * `iat` is required.
   */
  readonly maxTokenAgeSeconds?: number | undefined
  /**
   * Maximum characters of a token, 256 to 1048576. Default 16384. Node limits all headers together
   * to 16 KiB.
   */
  readonly maxTokenBytes?: number | undefined
  /**
   * Where a request may carry its token. Default `['header']`. Refuses two tokens, and ignores
   * other places.
   */
  readonly acceptTokenFrom?: TokenPlace | readonly TokenPlace[] | undefined
  /**
   * Lets requests without credentials pass as anonymous. Refuses bad credentials all the same.
   * Default `false`.
   */
  readonly optional?: boolean | undefined
  /**
   * The shape of the claims, as a schema of zod, valibot, arktype or another Standard Schema. It
   * runs once per verified token, after all other checks, and must be pure. Its output, frozen,
   * becomes `principal.claims`. An output with something that cannot be frozen, such as a `Date`,
   * is made again for each request. Default: the claims as they are.
   */
  readonly claims?: Schema | undefined
  /**
   * Refuses nothing, and publishes what it would have refused, for migrations. Does not set
   * `req.auth`. Default `false`.
   */
  readonly dangerouslyReportOnly?: boolean | undefined
  /**
   * How senders of bound tokens prove that they hold the key (RFC 7800 §3.1): `dpop({ … })`,
   * `mtls({ … })`, or an array of methods. Required with `profile: 'fapi2'`. Default: bound tokens
   * are refused.
   */
  readonly confirmation?: ConfirmationMethod | readonly ConfirmationMethod[] | undefined
  /**
   * How encrypted tokens are decrypted (RFC 7516): `jwe({ keys })`. Default: they are refused.
   */
  readonly decryption?: Decryption | undefined
  /**
   * Who is asked about tokens that are not JWTs: `introspection({ … })`. Default: they are refused.
   */
  readonly opaque?: OpaqueTokens | undefined
  /**
   * Asks a store on every request whether the token was taken back: `revocation(store)`. Default:
   * tokens are accepted until they expire.
   */
  readonly revocation?: RevocationMethod | undefined
  /**
   * Scopes that imply others, transitively: `{ 'orders:write': ['orders:read'] }`. Default none.
   */
  readonly scopeHierarchy?: Readonly<Record<string, readonly string[]>> | undefined
  /**
   * Authentication context classes (`acr`), weakest first: a stronger one satisfies
   * `requireAuthentication` with a weaker one. For all issuers. Default: only the named ones do.
   */
  readonly acrLevels?: readonly string[] | undefined
  /**
   * This API's metadata, whose URL each challenge names (RFC 9728 §5.1): the URL itself, or
   * `protectedResource({ … })`. The latter is also served, to requests without credentials, and its
   * `resource` is the default of `audience`, compared as a URL. Default none.
   */
  readonly resourceMetadata?: string | ResourceMetadata | undefined
  /** The scopes that a 401 names, so that clients know what to request. Default none. */
  readonly challengeScopes?: readonly string[] | undefined
  /** The `realm` of each challenge. Default none. */
  readonly realm?: string | undefined
  /**
   * `'respond'` (default): the middleware answers refusals. `'next'`: it passes the error on, with
   * the headers set.
   */
  readonly refusals?: 'respond' | 'next' | undefined
  /**
   * The cache of verified tokens, limited by entries and bytes. `false` disables it. Default 10000
   * entries, 33554432 bytes.
   */
  readonly tokenCache?: false | TokenCacheOptions | undefined
  /**
   * Replaces the built-in transport, for proxies and private certificate authorities. It must honor
   * `redirect: 'manual'`.
   */
  readonly fetch?: FetchFunction | undefined
  /** Replaces the system's clocks, for tests. */
  readonly clock?: Clock | undefined
}
