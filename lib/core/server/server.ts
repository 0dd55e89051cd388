/** What the options of one resource server become: made once at start-up, read on every request. */
import type { GuardedServer } from '../access/context.js'
import type { ServerRules } from '../access/server-rules.js'
import type { Answers } from '../http/answer.js'
import type { CredentialSource } from '../http/credentials.js'
import type { ResponseHeaders } from '../http/request.js'
import type { RequestChecks } from '../http/request-check.js'
import type { ResourceMetadata } from '../http/resource-metadata.js'
import type { Issuers } from '../token/issuers.js'
import type { ServerVerifier } from './settings.js'
import type { IssuedJwsVerifier } from '../token/issued-jws.js'
import type { TokenCache } from './token-cache.js'
import type { Verifications } from './verifications.js'

export interface Server extends GuardedServer, ServerRules {
  readonly credentialSources: readonly CredentialSource[]
  /** The headers by which answers differ, for `Vary` (RFC 9110 §12.5.5); `undefined` if there are none. */
  readonly vary: string | undefined
  /** Headers of a response to which the request adds none. */
  readonly usualHeaders: ResponseHeaders
  /** By the verifier that handles the token. */
  readonly verifications: Verifications
  /** Those that features add. */
  readonly verifiers: readonly ServerVerifier[]
  readonly requestChecks: RequestChecks
  readonly tokenCache: TokenCache | undefined
  readonly issuers: Issuers
  /** For JWTs of these issuers that are not access tokens. */
  readonly verifyIssued: IssuedJwsVerifier
  readonly answers: Answers
  readonly isOptional: boolean
  /** Requests for it are answered without credentials. */
  readonly metadata: ResourceMetadata | undefined
}
