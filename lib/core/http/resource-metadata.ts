/** What a server needs of its resource's metadata: a URL, an answer, and whether the two agree. RFC 9728 §3.1, §5.1. */
import type { Answer } from './answer.js'
import type { ConfirmationMethod } from './confirmation.js'
import type { CredentialPlace } from './credentials.js'
import type { ResourceRequest, ResourceResponse } from './request.js'
import { respond } from './respond.js'

/** What a server does, as far as metadata can tell clients about it. */
export interface AdvertisedServer {
  /** `undefined`: a resolver decides. */
  readonly issuers: readonly string[] | undefined
  readonly places: readonly CredentialPlace[]
  readonly confirmation: readonly ConfirmationMethod[]
  /** Whether unbound tokens are refused. */
  readonly requiresConfirmation: boolean
}

/** The metadata of one resource, as a value for the option `resourceMetadata`. */
export interface ResourceMetadata {
  /** The resource identifier, as configured: a URL. */
  readonly resource: string
  /** The URL of the document, which challenges name. */
  readonly url: string
  /** The answer to a request for the document; `undefined` for every other request. */
  answerFor(request: ResourceRequest): Answer | undefined
  /** Throws a ConfigurationError if the document contradicts the server. */
  assertAgrees(server: AdvertisedServer): void
}

/** Answers a request for the document. Returns `false`, and does nothing, for every other request. */
export function serveMetadata(
  metadata: ResourceMetadata,
  req: ResourceRequest,
  res: ResourceResponse,
): boolean {
  const answer = metadata.answerFor(req)
  if (answer === undefined || res.headersSent === true) return false
  respond(answer, res)
  return true
}
