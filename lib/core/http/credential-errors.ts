/** In whose challenge the error of unreadable credentials stands: that of each scheme that was sent. RFC 9449 §7.2. */
import { InvalidRequestError } from '../errors/errors.js'
import type { ChallengeDetail } from '../errors/errors.js'

/** Both schemes show the error if both were used. RFC 9449 §7.2. */
export function repeated(schemes: readonly string[]): InvalidRequestError {
  return new InvalidRequestError('ERR_CREDENTIALS_REPEATED', { challenge: challengeOf(schemes) })
}

/** `undefined` for Bearer alone, in whose challenge the error stands anyway. */
export function challengeOf(schemes: readonly string[]): ChallengeDetail | undefined {
  return schemes.every((each) => each === 'Bearer') ? undefined : { schemes }
}
