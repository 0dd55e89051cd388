/**
 * Refuses issuer identifiers that no token can have, because something else was copied in their
 * place.
 */
import type { OptionReader } from './reader.js'

/** Entra ID's endpoints for all tenants. Their tokens name the tenant of the user. */
const ENTRA_SHARED =
  /^https:\/\/(?:login\.microsoftonline\.(?:com|us)|login\.partner\.microsoftonline\.cn|login\.windows\.net|sts\.windows\.net)\/(?:common|organizations|consumers|\{[^/]*\})(?:\/|$)/i

/** Of examples. Braces are allowed: an issuer may have them in its path, and keys that are given. */
const PLACEHOLDER = /^https?:\/\/.*(?:[<>]|YOUR_[A-Z])/
/** What JavaScript makes of `${process.env.UNSET}` in a URL. */
const UNSET = /^(?:undefined$|[a-z]+:\/\/(?:.*\/)?undefined(?:[./?#:]|$))/

/** Whether the value was made of an environment variable that is not set. */
export function isMadeOfUndefined(value: string): boolean {
  return UNSET.test(value)
}

export const MADE_OF_UNDEFINED = 'has "undefined" in it. Perhaps an environment variable is not set'

/** Whether it is the URL of a document of an issuer or a resource, not the identifier itself. */
export function isWellKnownUrl(url: string): boolean {
  return /\/\.well-known(?:[/?#]|$)/.test(url)
}

/** What is wrong with a URL that was copied from an example or made of an unset variable. */
export function problemOfCopiedUrl(url: string): string | undefined {
  if (PLACEHOLDER.test(url)) return 'has a placeholder in it. Write the URL of your own server'
  return isMadeOfUndefined(url) ? MADE_OF_UNDEFINED : undefined
}

export function assertIssuerIdentifier(issuer: string, reader: OptionReader): void {
  if (isWellKnownUrl(issuer)) {
    reader.fail(
      'issuer',
      'is the URL of a document. Write the issuer, which ends before /.well-known/, or set metadataUrl or jwksUri',
    )
  }
  if (ENTRA_SHARED.test(issuer)) {
    reader.fail(
      'issuer',
      'is not the issuer of any token: write the id of your tenant in place of common, organizations, consumers or a placeholder',
    )
  }
  if (PLACEHOLDER.test(issuer))
    reader.fail(
      'issuer',
      'has a placeholder in it. Write the issuer of your own server or tenant, as tokens have it in "iss"',
    )
  if (isMadeOfUndefined(issuer)) reader.fail('issuer', MADE_OF_UNDEFINED)
}

/** URLs in the place of other URLs, which only the first request would notice. */
export function assertUrlOfKeys(url: URL, name: string, issuer: string, reader: OptionReader): void {
  const { hostname, pathname } = url
  if (/[^\w.:[\]-]/.test(hostname))
    reader.fail(name, 'has a host that cannot exist. Perhaps a placeholder is left in it')
  if (
    name === 'jwksUri' &&
    /\/\.well-known\/(?:openid-configuration|oauth-authorization-server)$/.test(pathname)
  )
    reader.fail('jwksUri', 'is the URL of metadata. Write it as metadataUrl')
  if (name !== 'metadataUrl') return
  if (/\/jwks(?:\.json)?$/.test(pathname))
    reader.fail('metadataUrl', 'is the URL of keys. Write it as jwksUri')
  if (url.href.replace(/\/$/, '') === issuer.replace(/\/$/, ''))
    reader.fail('metadataUrl', 'is the issuer itself. Leave it out: its metadata is found by discovery')
}
