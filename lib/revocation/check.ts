/** Asks the store about the token of each request. */
import { adopt } from '../core/base/maybe-promise.js'
import type { MaybePromise } from '../core/base/maybe-promise.js'
import { isString, own } from '../core/base/own.js'
import { UnauthorizedError, UnavailableError } from '../core/errors/errors.js'
import type { CheckedToken } from '../core/http/confirmation.js'
import type { RequestCheck } from '../core/http/request-check.js'
import type { RevocableToken, RevocationStore } from '../core/stores/revocation-store.js'

export function revocationCheck(store: RevocationStore, acceptsOnStoreFailure: boolean): RequestCheck {
  const assertAccepted = (cause: unknown): void => {
    if (!acceptsOnStoreFailure) throw new UnavailableError('ERR_REVOCATION_STORE_UNAVAILABLE', { cause })
  }
  const later = async (pending: PromiseLike<unknown>): Promise<undefined> => {
    let answer: unknown
    try {
      answer = await pending
      assertBoolean(answer)
    } catch (cause) {
      assertAccepted(cause)
      return undefined
    }
    return answer ? refuse() : undefined
  }
  return (token): MaybePromise<undefined> => {
    let answer: unknown
    try {
      answer = adopt<unknown>(store.isRevoked(revocableOf(token)))
      if (answer instanceof Promise) return later(answer)
      assertBoolean(answer)
    } catch (cause) {
      assertAccepted(cause)
      return undefined
    }
    return answer ? refuse() : undefined
  }
}

function refuse(): never {
  throw new UnauthorizedError('ERR_TOKEN_REVOKED')
}

function assertBoolean(answer: unknown): asserts answer is boolean {
  if (typeof answer !== 'boolean')
    throw new TypeError('isRevoked of a revocation store must answer with true or false')
}

/** Of remembered tokens, which come again. */
const known = new WeakMap<CheckedToken, RevocableToken>()

function revocableOf(token: CheckedToken): RevocableToken {
  const remembered = known.get(token)
  if (remembered !== undefined) return remembered
  const { issuer, claims, registered } = token
  const { jti, subject, issuedAt } = registered
  const clientId = issuer.clientIdOf(claims)
  const sid = own(claims, 'sid')
  const revocable = Object.freeze({
    issuer: issuer.issuer,
    ...(jti !== undefined && { jti }),
    ...(isString(sid) && sid !== '' && { sid }),
    ...(subject !== undefined && { subject }),
    ...(clientId !== undefined && { clientId }),
    ...(issuedAt !== undefined && { issuedAt }),
  })
  known.set(token, revocable)
  return revocable
}
