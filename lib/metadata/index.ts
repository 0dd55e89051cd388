/** Protected resource metadata: tells clients which authorization servers issue tokens for this API. RFC 9728. */
import { toResourceServerError } from '../core/errors/errors.js'
import { assertNotHandler } from '../core/errors/misuse.js'
import type { Ignored } from '../core/errors/misuse.js'
import type { Handler } from '../core/http/request.js'
import { serveMetadata } from '../core/http/resource-metadata.js'
import type { ResourceMetadata } from '../core/http/resource-metadata.js'
import { assertAgreement } from './agreement.js'
import { answersFor } from './answers.js'
import { parseMetadata } from './document.js'
import { placeOf } from './place.js'
import type { ProtectedResource, ProtectedResourceOptions } from './types.js'

export type { AdvertisedServer, ResourceMetadata } from '../core/http/resource-metadata.js'
export type { BearerMethod, LocalizedMembers, ProtectedResource, ProtectedResourceOptions } from './types.js'

/**
 * Makes the metadata of this API (RFC 9728): a handler for `app.use`, and the value of the option
 * `resourceMetadata` of `resourceServer`.
 *
 * The handler answers GET, HEAD and CORS preflights at the well-known place of the resource, such
 * as `/.well-known/oauth-protected-resource/mcp` for `https://example.com/mcp`, without credentials
 * and for every origin. Everything else goes to `next`. The URL comes from `resource`, never from
 * the Host header.
 *
 * As `resourceMetadata`, the server serves the document where it sees a request for it, names its
 * URL in every challenge, and expects `resource` in `aud` unless `audience` is set. It refuses at
 * start-up to contradict the document.
 *
 * Not checked: whether the URL leads to this application, whether the authorization servers exist,
 * and the signature and contents of `signedMetadata`.
 *
 * @example
 * const metadata = protectedResource({
 *   resource: 'https://api.example.com',
 *   authorizationServers: ['https://login.example.com'],
 * })
 * app.use(resourceServer({ issuer: 'https://login.example.com', resourceMetadata: metadata }))
 *
 * @throws {ConfigurationError} for a wrong option, which `option` names.
 */
export function protectedResource(options: ProtectedResourceOptions, ignored?: Ignored): ProtectedResource
export function protectedResource(...args: readonly unknown[]): ProtectedResource {
  assertNotHandler('protectedResource', args)
  const { resource, promises, document, cacheSeconds } = parseMetadata(args[0] as ProtectedResourceOptions)
  const { url, isTargetOf } = placeOf(new URL(resource))
  const answerTo = answersFor(document, cacheSeconds)
  const metadata: ResourceMetadata = {
    resource,
    url,
    answerFor: (request) => (isTargetOf(request) ? answerTo(request) : undefined),
    assertAgrees: (server) => {
      assertAgreement(promises, server)
    },
  }
  const handler: Handler = function protectedResource(req, res, next) {
    let failure: unknown
    try {
      if (serveMetadata(metadata, req, res)) return
    } catch (thrown) {
      failure = toResourceServerError(thrown)
    }
    next(failure)
  }
  return Object.assign(handler, metadata)
}
