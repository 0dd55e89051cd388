/**
 * Refuses issuer identifiers that no token can have, because something else was copied in their
 * place.
 */
import type { OptionReader } from './reader.js'

/** Entra ID's endpoints for all tenants. Their tokens name the tenant of the user. */
const ENTRA_SHARED =
  /^https:\/\/(?:login\.microsoftonline\.(?:com|us)|login\.partner\.microsoftonline\.cn|login\.windows\.net|sts\.windows\.net)\/(?:common|organizations|consumers|\{tenant(?:id)?\})(?:\/|$)/i

export function assertIssuerIdentifier(issuer: string, reader: OptionReader): void {
  if (issuer.includes('/.well-known/')) {
    reader.fail(
      'issuer',
      'is the URL of a document. Write the issuer, which ends before /.well-known/, or set metadataUrl or jwksUri',
    )
  }
  if (ENTRA_SHARED.test(issuer)) {
    reader.fail(
      'issuer',
      'is not the issuer of any token: write the id of your tenant in place of common, organizations, consumers or {tenantid}',
    )
  }
}
