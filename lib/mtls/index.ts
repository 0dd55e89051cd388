/** Mutual TLS: access tokens bound to the certificate that the client shows in the TLS handshake. RFC 8705 §3. */
import { assertNotHandler, NO_HANDLER } from '../core/errors/misuse.js'
import type { Ignored } from '../core/errors/misuse.js'
import type { ConfirmationMethod } from '../core/http/confirmation.js'
import { mtlsMethod } from './method.js'
import { parseMtlsOptions } from './options.js'
import type { MtlsOptions } from './types.js'

export type { ConfirmationMethod } from '../core/http/confirmation.js'
export type {
  CertificateFormat,
  CertificateFunction,
  CertificateHeaderOptions,
  MtlsOptions,
} from './types.js'

/**
 * A value for the option `confirmation` of `resourceServer`: accepts tokens with `cnf.x5t#S256` from
 * clients that show the certificate with this hash (RFC 8705 §3.1). The scheme stays `Bearer`.
 *
 * Not checked: who signed the certificate, whether it is expired or revoked (RFC 8705 §6.2), and
 * whether the authorization server binds every token. Set `required` for the last.
 *
 * @throws {ConfigurationError} for a wrong option.
 * @example
 * resourceServer({ issuer, audience, confirmation: mtls() })
 * @example
 * // Behind a proxy on the same machine that removes the header of clients
 * mtls({ header: { name: 'client-cert', format: 'rfc9440', from: ['127.0.0.1', '::1'] } })
 */
export function mtls(options?: MtlsOptions, ignored?: Ignored): ConfirmationMethod
export function mtls(...args: readonly unknown[]): ConfirmationMethod {
  assertNotHandler('mtls', args, NO_HANDLER)
  const [options = {}] = args
  return mtlsMethod(parseMtlsOptions(options as MtlsOptions))
}
