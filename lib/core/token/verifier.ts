/** The seam for kinds of tokens: verifiers, and the verified tokens that they return. */
import type { MaybePromise } from '../base/maybe-promise.js'
import type { JsonObject } from '../base/own.js'
import type { RegisteredClaims } from './claims.js'
import type { TrustedIssuer } from './issuers.js'

declare const verified: unique symbol

/** `'stale'`: verify the token from the start. */
export type Recheck = 'good' | 'stale'

/** A token of a trusted issuer that was valid and meant for this resource when it was verified. */
export interface VerifiedToken {
  readonly [verified]: true
  /** As received. */
  readonly token: string
  readonly issuer: TrustedIssuer
  /** The members of the JOSE header; `undefined` for a token without one. */
  readonly header: JsonObject | undefined
  /** As the issuer stated them. */
  readonly claims: JsonObject
  readonly registered: RegisteredClaims
  /** The output of the user's schema; without a schema, the claims. */
  readonly output: unknown
  /** Returns the token with a new output. Present if requests cannot share the output. */
  readonly renew?: (() => MaybePromise<VerifiedToken>) | undefined
  /** Characters of the texts that it keeps, if it keeps more than `token`. */
  readonly textLength?: number
  /** The server does not remember the token: its verifier does, for as long as it may. */
  readonly isRememberedElsewhere?: true
  /** A small substitute to remember. `undefined`: making the token again would cost too much. */
  summary?(): TokenSummary | undefined
  /**
   * Checks what may change between two uses of one token. Throws to refuse it. Starts a refresh of
   * keys that is due, and is `'stale'` while one is overdue.
   */
  recheck(nowSeconds: number): Recheck
  /**
   * The same where one use had to wait for something: whether the issuer and the key are trusted
   * right now. Throws to refuse it. Starts nothing, and what is merely due for a refresh still serves.
   */
  isStillGood(nowSeconds: number): boolean
}

/**
 * Remembered in place of a token that was used once. Most tokens of a flood are never used again,
 * and every object that lives longer than its request slows down major garbage collections.
 */
export interface TokenSummary {
  /** As received. */
  readonly token: string
  /** Characters of the texts that it keeps, if it keeps more than `token`. */
  readonly textLength?: number
  /**
   * The verified token, made from its text without another check of the signature. `undefined`:
   * verify it from the start. Throws to refuse it.
   */
  restore(): VerifiedToken | undefined
}

/** Verifies one kind of token. It sees neither scheme nor request, because the result may be cached. */
export interface TokenVerifier {
  /** Whether the token has the form of this kind. Only the first verifier that handles a token is asked. */
  handles(token: string): boolean
  /** Throws or rejects with the error that refuses the token. */
  verify(token: string): MaybePromise<VerifiedToken>
}

/** Only verifiers call this: it asserts that everything about the token was checked. */
export function verifiedToken<T extends Omit<VerifiedToken, typeof verified>>(checked: T): T & VerifiedToken {
  return checked as T & VerifiedToken
}
