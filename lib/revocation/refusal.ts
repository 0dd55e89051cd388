/** Why a logout request is refused, in words for the provider. OpenID Connect Back-Channel Logout 1.0 §2.8. */

const REASONS = {
  form: 'The request is not a form with exactly one logout_token, or is larger than 16 KiB',
  untrusted: 'The logout token is malformed or not from a trusted issuer',
  events: 'The logout token lacks the event of a back-channel logout',
  nonce: 'The logout token has a nonce',
  audience: 'The logout token is not meant for this client',
  time: 'The logout token expired, is not valid yet or lacks iat',
  target: 'The logout token must have a sid or a sub, each a string that is not empty',
} as const

export type LogoutRefusalReason = keyof typeof REASONS

export class LogoutRefusal extends Error {
  readonly reason: LogoutRefusalReason

  constructor(reason: LogoutRefusalReason, options?: { readonly cause: unknown }) {
    super(REASONS[reason], options)
    this.reason = reason
  }
}
