/** What is wrong with the certificate of a server, in words. Looks at it only, and sends nothing. */
import { isIP } from 'node:net'
import { checkServerIdentity, connect } from 'node:tls'
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'

export type CertificateProblem =
  | 'certificate_expired'
  | 'certificate_not_yet_valid'
  | 'certificate_wrong_name'
  | 'certificate_self_signed'
  | 'certificate_unknown_authority'

export interface CertificateFacts {
  readonly problems: readonly CertificateProblem[]
  /** Of the certificate that ends first. */
  readonly validTo: Date
  readonly validFrom: Date
  /** The names that the certificate is for. */
  readonly names: string
}

const DAY_MS = 86_400_000

/** `undefined`: there is no TLS server that answers in time. */
export function readCertificate(url: URL, timeoutMs: number): Promise<CertificateFacts | undefined> {
  if (url.protocol !== 'https:') return Promise.resolve(undefined)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port: Number(url.port || 443),
      // The certificate is looked at because it may be bad. Nothing is sent or read.
      rejectUnauthorized: false,
      ...(isIP(host) === 0 && { servername: host }),
    })
    const end = (facts: CertificateFacts | undefined): void => {
      socket.destroy()
      resolve(facts)
    }
    socket.setTimeout(timeoutMs, () => {
      end(undefined)
    })
    socket.on('error', () => {
      end(undefined)
    })
    socket.on('secureConnect', () => {
      end(factsOf(socket, host))
    })
  })
}

export function daysLeft({ validTo }: CertificateFacts, nowMs: number): number {
  return Math.floor((validTo.getTime() - nowMs) / DAY_MS)
}

function factsOf(socket: TLSSocket, host: string): CertificateFacts | undefined {
  const own = socket.getPeerCertificate(true)
  if (Object.keys(own).length === 0) return undefined
  const chain = chainOf(own)
  const validTo = new Date(Math.min(...chain.map((each) => Date.parse(each.valid_to))))
  const validFrom = new Date(Math.max(...chain.map((each) => Date.parse(each.valid_from))))
  const problems: CertificateProblem[] = []
  if (validTo.getTime() < Date.now()) problems.push('certificate_expired')
  if (validFrom.getTime() > Date.now()) problems.push('certificate_not_yet_valid')
  if (checkServerIdentity(host, own) !== undefined) problems.push('certificate_wrong_name')
  const trust = trustProblem(socket, chain)
  if (trust !== undefined) problems.push(trust)
  return { problems, validTo, validFrom, names: namesOf(own) }
}

/** Each certificate names the one that signed it; the root names itself. */
function chainOf(own: DetailedPeerCertificate): readonly DetailedPeerCertificate[] {
  const chain = [own]
  for (let next = own.issuerCertificate; !chain.includes(next); next = next.issuerCertificate) {
    // Node leaves it out where the server did not send it.
    if ((next as DetailedPeerCertificate | undefined) === undefined) break
    chain.push(next)
  }
  return chain
}

/** The texts of Node's type say that it is an error; it is a code. */
function trustProblem(
  { authorizationError }: TLSSocket,
  chain: readonly DetailedPeerCertificate[],
): CertificateProblem | undefined {
  const code: unknown = authorizationError
  if (typeof code !== 'string' || /EXPIRED|NOT_YET_VALID|ALTNAME/.test(code)) return undefined
  return chain.length === 1 && /SELF_SIGNED/.test(code)
    ? 'certificate_self_signed'
    : 'certificate_unknown_authority'
}

function namesOf({ subject, subjectaltname }: DetailedPeerCertificate): string {
  return subjectaltname ?? [subject.CN].flat().join(', ')
}
