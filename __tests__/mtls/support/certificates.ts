/** Certificates made for a test: authorities, clients and a server. */
import 'reflect-metadata'
import { createHash, randomBytes, webcrypto } from 'node:crypto'
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const DAY_MS = 86_400_000

type Keys = webcrypto.CryptoKeyPair

export interface Certified {
  readonly keys: Keys
  /** PEM. */
  readonly key: string
  /** PEM, with a line feed at its end. */
  readonly cert: string
  readonly der: Buffer
  /** `x5t#S256`, computed without the package. */
  readonly thumbprint: string
  readonly name: string
}

export interface CertificateParts {
  readonly name?: string
  /** Default: signed with its own key. */
  readonly by?: Certified
  readonly keys?: Keys
  readonly isAuthority?: boolean
  /** Days from now, negative for a certificate that has expired. */
  readonly days?: number
  /** Its host name. Default: localhost, and 127.0.0.1. */
  readonly host?: string
}

export async function certify(parts: CertificateParts = {}): Promise<Certified> {
  const { name = 'CN=client', by, isAuthority = false, days = 30, host } = parts
  const keys = parts.keys ?? (await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']))
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: `01${randomBytes(8).toString('hex')}`,
      subject: name,
      issuer: by?.name ?? name,
      notBefore: new Date(Date.now() - 60 * DAY_MS),
      notAfter: new Date(Date.now() + days * DAY_MS),
      publicKey: keys.publicKey,
      signingKey: (by?.keys ?? keys).privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new BasicConstraintsExtension(isAuthority, undefined, true),
        new SubjectAlternativeNameExtension(
          host === undefined
            ? [
                { type: 'dns', value: 'localhost' },
                { type: 'ip', value: '127.0.0.1' },
              ]
            : [{ type: 'dns', value: host }],
        ),
      ],
    },
    webcrypto,
  )
  const der = Buffer.from(certificate.rawData)
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey))
  return {
    keys,
    key: pem('PRIVATE KEY', pkcs8),
    cert: pem('CERTIFICATE', der),
    der,
    thumbprint: createHash('sha256').update(der).digest('base64url'),
    name,
  }
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
