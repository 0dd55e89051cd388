/** The store of tokens that were taken back before they expired. */
import type { MaybePromise } from '../base/maybe-promise.js'

/** What a revocation can be about. */
export const TARGET_KINDS = ['jti', 'sid', 'subject', 'clientId'] as const
export type TargetKind = (typeof TARGET_KINDS)[number]

/**
 * What a store is told of a verified token. Frozen; from the second use of a remembered token on, one
 * object for each server.
 */
export interface RevocableToken {
  readonly issuer: string
  readonly jti?: string
  /** The session in which the token was issued. */
  readonly sid?: string
  readonly subject?: string
  readonly clientId?: string
  /** `iat`, in seconds since 1970. */
  readonly issuedAt?: number
}

/** Knows the tokens that were taken back. Implement it over a database of your own. */
export interface RevocationStore {
  /**
   * Asked on every request. Throws or rejects if the store cannot tell. The request waits for the
   * answer: give a store that asks a server a time limit.
   */
  isRevoked(token: RevocableToken): MaybePromise<boolean>
}

/** One of the four: a token, a session, everything of a subject, or everything of a client. */
type Target =
  | {
      readonly jti: string
      readonly sid?: undefined
      readonly subject?: undefined
      readonly clientId?: undefined
    }
  | {
      readonly sid: string
      readonly jti?: undefined
      readonly subject?: undefined
      readonly clientId?: undefined
    }
  | {
      readonly subject: string
      readonly jti?: undefined
      readonly sid?: undefined
      readonly clientId?: undefined
    }
  | {
      readonly clientId: string
      readonly jti?: undefined
      readonly sid?: undefined
      readonly subject?: undefined
    }

/** Tokens to take back. */
export type Revocation = Target & {
  readonly issuer: string
  /**
   * Only tokens issued up to this time, in seconds since 1970; a token without `iat` counts as older.
   * Default: all, also those that are issued later.
   */
  readonly before?: number | undefined
  /**
   * Seconds until the store forgets it, 1 to 315360000: at least as long as such a token may still
   * live, with the clock tolerance. After that, a token that has not expired is accepted again.
   */
  readonly forSeconds: number
}

/** A store that also takes revocations. */
export interface WritableRevocationStore extends RevocationStore {
  /** Throws or rejects if the store did not take it: then tokens may still be accepted. */
  revoke(revocation: Revocation): MaybePromise<void>
}
