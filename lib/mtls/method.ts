/** Mutual TLS as a confirmation method: from a bound token and its request to the same certificate. RFC 8705 §3.1. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { isString } from '../core/base/own.js'
import { UnauthorizedError } from '../core/errors/errors.js'
import type { Hint } from '../core/errors/errors.js'
import type { Confirmation, ConfirmationMethod } from '../core/http/confirmation.js'
import type { CertificateSource } from './sources.js'

export interface MtlsSettings {
  readonly source: CertificateSource
  readonly isRequired: boolean
}

const NOTHING_TO_COMMIT: Confirmation = Object.freeze({})

export function mtlsMethod({ source, isRequired }: MtlsSettings): ConfirmationMethod {
  return {
    member: 'x5t#S256',
    isRequired,
    check(expected, { request }): Confirmation {
      const thumbprint = createHash('sha256').update(source(request)).digest('base64url')
      if (!isString(expected) || !isEqual(expected, thumbprint))
        throw new UnauthorizedError('ERR_CONFIRMATION_MISMATCH', { hint: thumbprintHint(expected) })
      return NOTHING_TO_COMMIT
    },
  }
}

function isEqual(text: string, other: string): boolean {
  const [a, b] = [Buffer.from(text), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}

const HEX_DIGEST = /^[0-9a-f]{2}(?::?[0-9a-f]{2}){31}$/i

/** OpenSSL prints hash values in hexadecimal, with colons. Some issuers encode that text. */
function thumbprintHint(expected: unknown): Hint | undefined {
  if (!isString(expected)) return undefined
  const texts = [expected, Buffer.from(expected.slice(0, 128), 'base64url').toString('latin1')]
  return texts.some((text) => HEX_DIGEST.test(text)) ? 'thumbprint_hex' : undefined
}
