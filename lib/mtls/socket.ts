/** The certificate that the client showed in the TLS handshake of this very connection. RFC 8705 §3. */
import { X509Certificate } from 'node:crypto'

/**
 * The DER encoding, or `undefined`: for plain sockets, for stand-ins of sockets, and for connections
 * without a client certificate. A resumed session keeps the certificate of its first handshake. TLS
 * has already checked that the client holds the key; who signed the certificate does not matter here
 * (RFC 8705 §6.2).
 */
export function peerCertificateOf(socket: unknown): Uint8Array | undefined {
  const read = property(socket, 'getPeerX509Certificate')
  if (typeof read !== 'function') return undefined
  try {
    const certificate: unknown = Reflect.apply(read, socket, [])
    return certificate instanceof X509Certificate ? certificate.raw : undefined
  } catch {
    return undefined
  }
}

/** HTTP/2 requests show their session's socket through a proxy, which throws when that is gone. */
export function property(socket: unknown, name: string): unknown {
  if (typeof socket !== 'object' || socket === null) return undefined
  try {
    return Reflect.get(socket, name)
  } catch {
    return undefined
  }
}
