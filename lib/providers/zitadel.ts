/** ZITADEL: each instance is an issuer, and each project an audience with roles of its own. */
import { isObject, own } from '../core/base/own.js'
import type { JsonObject } from '../core/base/own.js'
import type { IssuerWithAudience } from '../core/options/types.js'
import { readBaseUrl, readWord, readWords } from './words.js'
import type { WordShape } from './words.js'

/** The words of ZITADEL's console. */
export interface ZitadelOptions {
  /** The URL of the instance, which is its issuer: the domain that the clients use. */
  readonly url: string
  /** The "Resource Id" of the project that this API belongs to. */
  readonly projectId: string
}

const EXAMPLE = "{ url: 'https://example-abcdef.zitadel.cloud', projectId: '284972348572348901' }"

const PROJECT_ID: WordShape = {
  pattern: /^\d{10,20}$/,
  what: 'the id of a project',
  example: '284972348572348901',
  mistakes: [
    [/^\d+@/, 'is a client id. Write the Resource Id of the project, such as 284972348572348901'],
    [/^[A-Za-z]/, 'is a name. Write the Resource Id of the project, such as 284972348572348901'],
  ],
}

/**
 * The issuer options, with their audience, of a ZITADEL project. The roles are those of this
 * project, granted by any organization; tokens have no scopes. ID tokens have the same audience and
 * are refused by their claims about the login, which access tokens do not have. Does not check in
 * which organization a role was granted.
 *
 * @example
 * resourceServer({
 *   issuer: zitadel({
 *     url: 'https://example-abcdef.zitadel.cloud',
 *     projectId: '284972348572348901',
 *   }),
 * })
 *
 * @throws {ConfigurationError} for a wrong option, such as the name of the project.
 */
export function zitadel(options: ZitadelOptions): IssuerWithAudience {
  const reader = readWords('zitadel', options, ['url', 'projectId'], EXAMPLE)
  const projectId = readWord(reader, 'projectId', PROJECT_ID)
  return {
    issuer: readBaseUrl(reader, 'url', 'https://example-abcdef.zitadel.cloud'),
    algorithms: ['RS256', 'ES256', 'ES384', 'ES512', 'Ed25519'],
    audience: projectId,
    // The claim without the id is about the project of the client, which may be another.
    roles: rolesIn(`urn:zitadel:iam:org:project:${projectId}:roles`),
    clientId: ['client_id', 'azp'],
    // ID tokens have none.
    requiredClaims: ['jti'],
    idTokenMarks: { at_hash: true, c_hash: true, nonce: true, auth_time: true, amr: true, acr: true },
  }
}

/** The claim maps each role to the organizations that granted it. */
function rolesIn(claim: string): (claims: JsonObject) => readonly string[] {
  return function zitadelRoles(claims) {
    const roles = own(claims, claim)
    return isObject(roles) && !Array.isArray(roles) ? Object.keys(roles) : []
  }
}
