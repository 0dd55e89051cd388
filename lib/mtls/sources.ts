/** Where the certificate of a request comes from: its connection, a header of a trusted proxy, or the user's function. */
import { X509Certificate } from 'node:crypto'
import { isUint8Array } from 'node:util/types'
import { atHand } from '../core/base/maybe-promise.js'
import { isString, own } from '../core/base/own.js'
import { guarded, InternalError, UnauthorizedError } from '../core/errors/errors.js'
import type { Hint } from '../core/errors/errors.js'
import { countRawHeaders } from '../core/http/raw-headers.js'
import type { ResourceRequest } from '../core/http/request.js'
import { parseCertificate } from './formats.js'
import type { Found } from './formats.js'
import { isOneSequence } from './pem.js'
import type { Proxies } from './proxies.js'
import { peerCertificateOf } from './socket.js'
import type { CertificateFormat, CertificateFunction } from './types.js'

/** The DER encoding. Throws an UnauthorizedError if there is none, or if it cannot be read. */
export type CertificateSource = (request: ResourceRequest) => Uint8Array

export interface CertificateHeader {
  /** In lower case. */
  readonly name: string
  readonly format: CertificateFormat
  readonly proxies: Proxies
}

export function fromConnection({ socket }: ResourceRequest): Uint8Array {
  return peerCertificateOf(socket) ?? missing()
}

/** The client can send the header too: it counts only on a connection that a trusted proxy opened. */
export function fromHeader({ name, format, proxies }: CertificateHeader): CertificateSource {
  return ({ headers, rawHeaders, socket }) => {
    const value = own(headers, name)
    if (value === undefined) return missing()
    if (!proxies.include(socket)) return missing('proxy_not_trusted')
    const isSingle = isString(value) && countRawHeaders(rawHeaders, name) < 2
    return present(isSingle ? parseCertificate(value, format) : undefined)
  }
}

/** What the function throws is a 500, and so is anything but a certificate, such as a promise. */
export function fromFunction(find: CertificateFunction): CertificateSource {
  return (request) => {
    const value: unknown = guarded(() => atHand(find(request)))
    if (value === undefined || value === null) return missing()
    // A text probably comes from a header, so that a stranger may have written it.
    if (isString(value)) return present(parseCertificate(value, 'pem'))
    if (value instanceof X509Certificate) return value.raw
    if (isUint8Array(value)) return isOneSequence(value) ? value : present(undefined)
    const cause = new TypeError('The function given as certificate must return a certificate or undefined')
    throw new InternalError('ERR_INTERNAL', { cause })
  }
}

function present(found: Found): Buffer {
  if (found === undefined) throw new UnauthorizedError('ERR_CERTIFICATE_INVALID')
  return found === 'none' ? missing() : found
}

function missing(hint?: Hint): never {
  throw new UnauthorizedError('ERR_CERTIFICATE_MISSING', { hint })
}
