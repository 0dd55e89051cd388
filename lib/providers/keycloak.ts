/** Keycloak: one issuer for each realm. */
import type { IssuerOptions } from '../core/options/types.js'
import { readBaseUrl, readOptionalWord, readWord, readWords } from './words.js'
import type { WordShape } from './words.js'

/** The words of Keycloak's admin console. */
export interface KeycloakOptions {
  /**
   * The public URL of the server, as clients see it, with the path if it has one (`/auth` before
   * Keycloak 17).
   */
  readonly url: string
  /** The name of the realm as the console shows it. Case matters. */
  readonly realm: string
  /** The client whose roles are read. Default: the roles of the realm. */
  readonly rolesOfClient?: string | undefined
}

const EXAMPLE = 'https://keycloak.example.com'
const OVER_HTTP =
  'http only on loopback. For another name inside a Docker network write issuer without keycloak(), ' +
  'and set dangerouslyAllowInsecureHttp (see node_modules/express-resource-server/docs/docker.md)'
const REALM: WordShape = {
  // Control characters, and halves of characters that Keycloak does not encode.
  pattern: /^(?!\.{1,2}$)[^\u0000-\u001f\u007f-\u009f\ud800-\udfff]+$/,
  what: 'the name of a realm',
  example: 'main',
  mistakes: [
    [/:\/\//, 'is a URL. Write only the name of the realm, such as main, and the rest as url'],
    [/\//, 'has a slash. Write only the name of the realm, such as main'],
    [
      /%[\da-f]{2}/i,
      'is encoded for a URL. Write the name of the realm as the console shows it: keycloak() encodes it',
    ],
  ],
}
const CLIENT: WordShape = {
  pattern: /^[\x21-\x7e]+$/,
  what: 'the id of a client',
  example: 'orders-api',
}

/**
 * The issuer options of a Keycloak realm. The `audience` of the server is what an audience mapper
 * adds to `aud`, usually the client id of this API. Refuses ID, refresh and logout tokens, by the
 * claim `typ`. Does not check that the realm exists.
 *
 * @example
 * resourceServer({
 *   issuer: keycloak({ url: 'https://keycloak.example.com', realm: 'main' }),
 *   audience: 'orders-api',
 * })
 *
 * @throws {ConfigurationError} for a wrong option, such as a `url` that ends with a slash.
 */
export function keycloak(options: KeycloakOptions): IssuerOptions {
  const known = ['url', 'realm', 'rolesOfClient']
  const reader = readWords('keycloak', options, known, `{ url: '${EXAMPLE}', realm: 'main' }`)
  const url = readBaseUrl(reader, 'url', EXAMPLE, OVER_HTTP)
  if (/\/(?:realms|admin)(?:\/|$)/.test(url))
    reader.fail(
      'url',
      `has the path of a realm or of the console. Write the URL of the server, such as ${EXAMPLE}`,
    )
  const realm = readWord(reader, 'realm', REALM)
  const client = readOptionalWord(reader, 'rolesOfClient', CLIENT)
  return {
    issuer: `${url}/realms/${encoded(realm)}`,
    algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'],
    scopes: 'scope',
    roles: {
      path: client === undefined ? ['realm_access', 'roles'] : ['resource_access', client, 'roles'],
    },
    clientId: 'azp',
    requiredClaims: { typ: ['Bearer', 'DPoP'] },
  }
}

/** As Keycloak writes it into URLs: all that a segment of a path may have stays. RFC 3986 §3.3. */
function encoded(realm: string): string {
  return encodeURIComponent(realm).replace(/%(?:2[46BC]|3[ABD]|40)/g, decodeURIComponent)
}
