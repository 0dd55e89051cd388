/** A JSON document at the end of at most three redirects on one host, as the package itself follows them. */
import { parseJson } from '../../core/base/strict-json.js'
import type { NetworkReason } from '../../core/errors/upstream-error.js'
import { readCertificate } from './certificate.js'
import type { CertificateFacts } from './certificate.js'
import { isFailure, probe } from './probe.js'
import type { Answer, Limits } from './probe.js'

export interface Document {
  readonly answer: Answer
  readonly json: unknown
}

/** Why there is no document. */
export interface NoDocument {
  readonly url: URL
  readonly problem: 'network' | 'timeout' | 'too_large' | 'redirect' | 'status' | 'not_json'
  readonly reason?: NetworkReason | undefined
  readonly certificate?: CertificateFacts | undefined
  readonly answer?: Answer
  /** Where it redirects to. */
  readonly location?: URL | undefined
}

const MAX_REDIRECTS = 3
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

export async function fetchDocument(start: URL, limits: Limits): Promise<Document | NoDocument> {
  let url = start
  for (let redirects = 0; ; redirects++) {
    const probed = await probe(url, limits)
    if (isFailure(probed)) return { ...probed, certificate: await certificateOf(probed, limits) }
    if (!REDIRECTS.has(probed.status)) return toDocument(probed)
    const location = locationOf(probed)
    if (location?.origin !== start.origin || redirects === MAX_REDIRECTS)
      return { url, problem: 'redirect', answer: probed, location }
    url = location
  }
}

export function isDocument(fetched: Document | NoDocument): fetched is Document {
  return 'json' in fetched
}

function certificateOf(
  { url, reason }: { readonly url: URL; readonly reason: NetworkReason | undefined },
  { timeoutMs }: Limits,
): Promise<CertificateFacts | undefined> {
  return reason === 'certificate' ? readCertificate(url, timeoutMs) : Promise.resolve(undefined)
}

function toDocument(answer: Answer): Document | NoDocument {
  const { url, status, body } = answer
  if (status !== 200) return { url, problem: 'status', answer }
  const json = parseJson(body)
  return json === undefined ? { url, problem: 'not_json', answer } : { answer, json }
}

function locationOf(answer: Answer): URL | undefined {
  const { url } = answer
  const location = answer.header('location') ?? ''
  return URL.canParse(location, url.href) ? new URL(location, url.href) : undefined
}
