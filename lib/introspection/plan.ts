/** Introspection meets the server that it belongs to: whose tokens, which endpoint, what contradicts. */
import type { OpaquePlan, OpaquePlanner, OpaqueServer } from '../core/server/settings.js'
import type { IssuerSettings } from '../core/server/settings.js'
import { parseFetchableUrl } from '../core/net/urls.js'
import { DEFAULT_KEY_LIMITS } from '../core/keys/limits.js'
import type { KeyLimits } from '../core/keys/limits.js'
import type { Place } from './endpoint.js'
import type { IntrospectionSettings } from './options.js'
import { introspectionVerifier } from './verifier.js'

/** The settings are private, so that printing the value shows no secret. */
export class Introspection implements OpaquePlanner {
  readonly #settings: IntrospectionSettings

  constructor(settings: IntrospectionSettings) {
    this.#settings = settings
  }

  plan(server: OpaqueServer): OpaquePlan {
    const settings = this.#settings
    const issuer = chooseIssuer(settings, server)
    assertTogether(settings, issuer, server)
    const place = placeOf(settings, issuer, server)
    return {
      issuer: issuer.issuer,
      makeVerifier: (context) =>
        introspectionVerifier({ ...settings, issuer: issuer.issuer, place }, context),
    }
  }
}

const RESOLVED =
  'cannot be one of a resolver, because an opaque token does not say whose it is. Make another resourceServer for opaque tokens, and write their issuer as its option issuer'

function chooseIssuer({ reader, issuer }: IntrospectionSettings, { issuers }: OpaqueServer): IssuerSettings {
  if (issuers.kind === 'resolver') return reader.fail('issuer', RESOLVED)
  const [only, another] = issuers.issuers
  if (issuer === undefined && another !== undefined)
    reader.fail('issuer', 'is required with several issuers: the one whose tokens are opaque')
  const chosen = issuer === undefined ? only : issuers.issuers.find((each) => each.issuer === issuer)
  return chosen ?? reader.fail('issuer', 'must be one of the issuers of the resource server')
}

function assertTogether(
  { reader, client, isSigned, asksAboutJwts, acceptsMissingAudience }: IntrospectionSettings,
  { keys, policy }: IssuerSettings,
  { usesFetch, isFapi }: OpaqueServer,
): void {
  if (client.agent !== undefined && usesFetch)
    reader.fail('client.certificate', 'cannot be presented by fetch. Leave out the option fetch')
  if (isSigned && keys.kind === 'none')
    reader.fail('jwt', 'needs the keys of the issuer, which has opaqueOnly')
  if (asksAboutJwts && keys.kind === 'none')
    reader.fail('tokens', 'cannot be "all": the issuer has opaqueOnly, so that its JWTs are refused')
  if (acceptsMissingAudience && isFapi)
    reader.fail(
      'dangerouslyAcceptMissingAudience',
      "contradicts profile: 'fapi2', by which tokens name this API",
    )
  if (acceptsMissingAudience && policy.audiences === undefined)
    reader.fail('dangerouslyAcceptMissingAudience', 'has no effect with dangerouslyAcceptAnyAudience')
}

const HTTPS_ONLY = 'must be an https URL without user information, or http on loopback'

function placeOf(
  { reader, endpoint }: IntrospectionSettings,
  { issuer, keys }: IssuerSettings,
  { allowInsecureHttp }: OpaqueServer,
): Place {
  const urlPolicy = { allowInsecureHttp }
  if (endpoint !== undefined) {
    const url = parseFetchableUrl(endpoint, urlPolicy) ?? reader.fail('endpoint', HTTPS_ONLY)
    return { kind: 'given', url }
  }
  const given = keys.kind === 'remote' && keys.from === 'metadataUrl' ? keys.url : undefined
  const metadataUrl = keys.kind === 'none' ? keys.metadataUrl : given
  if (metadataUrl === undefined && parseFetchableUrl(issuer, urlPolicy) === undefined)
    reader.fail('endpoint', 'is required, because no metadata can be found from the issuer')
  return { kind: 'discovered', issuer, metadataUrl, urlPolicy, limits: limitsFor(keys) }
}

/** Those of the option `keys`. */
function limitsFor(keys: IssuerSettings['keys']): KeyLimits {
  return keys.kind === 'remote' || keys.kind === 'none' ? keys.limits : DEFAULT_KEY_LIMITS
}
