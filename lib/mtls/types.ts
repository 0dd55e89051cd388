/** The options of mutual TLS as users write them. `undefined` means the same as leaving an option out. */
import type { X509Certificate } from 'node:crypto'
import type { ResourceRequest } from '../core/http/request.js'

/**
 * How a proxy writes the client's certificate into a header:
 *
 * - `'rfc9440'`: `:base64:` of the DER encoding, as in `Client-Cert` (RFC 9440 §2.2)
 * - `'pem-urlencoded'`: percent-encoded PEM (nginx, AWS ALB); `+`, `/` and `=` may be literal
 * - `'xfcc'`: Envoy's `X-Forwarded-Client-Cert`, of which the last element counts
 * - `'base64-der'`: base64 of the DER encoding (HAProxy, Azure App Service, Cloudflare)
 * - `'pem'`: PEM whose line ends became spaces or tabs (Apache)
 * - `'pem-body'`: PEM without its first and last line (Traefik); of a list the first counts
 */
export type CertificateFormat = 'rfc9440' | 'pem-urlencoded' | 'xfcc' | 'base64-der' | 'pem' | 'pem-body'

/** A header in which a proxy hands on the client's certificate. */
export interface CertificateHeaderOptions {
  /** The name of the header, such as `'client-cert'`, in any case. */
  readonly name: string
  readonly format: CertificateFormat
  /**
   * The addresses of the proxies, or ranges in CIDR notation: `['10.0.0.0/8', '::1']`. They are
   * compared with the address of the connection, never with `X-Forwarded-For`. From anywhere else
   * the header is ignored.
   */
  readonly from: string | readonly string[]
}

/**
 * Returns the certificate of the client: the bytes of its DER encoding, a PEM text, or an
 * `X509Certificate`; nothing, if there is none. It may be declared for `express.Request`.
 */
export type CertificateFunction = CertificateFinder['find']

/** A method, as the parameter of a function could not be a request of Express. */
interface CertificateFinder {
  find(request: ResourceRequest): X509Certificate | Uint8Array | string | null | undefined
}

/** The options of `mtls`. */
export interface MtlsOptions {
  /** Where a proxy in front writes the certificate. Default: the TLS connection of the request. */
  readonly header?: CertificateHeaderOptions | undefined
  /**
   * Finds the certificate where neither the connection nor a header has it. The function must
   * believe only what the client cannot write.
   */
  readonly certificate?: CertificateFunction | undefined
  /** Refuses tokens that no method in `confirmation` binds. Default `false`. */
  readonly required?: boolean | undefined
}
