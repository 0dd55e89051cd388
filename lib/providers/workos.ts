/** WorkOS: sessions of AuthKit, and the access tokens of Connect applications and MCP clients. */
import type { OptionReader } from '../core/options/reader.js'
import type { IssuerOptions } from '../core/options/types.js'
import { onlyOne } from './lists.js'
import { hostShape, readWord, readWords } from './words.js'
import type { WordShape } from './words.js'

/** One of two kinds of access tokens. */
export type WorkosOptions = WorkosSessions | WorkosConnect

/** Access tokens of AuthKit sessions. */
export interface WorkosSessions {
  /** The "Client ID" of the environment. */
  readonly clientId: string
  /**
   * The `iss` of the tokens, if it is another: some environments have `https://api.workos.com`, and
   * those with a custom authentication domain have that. Default
   * `https://api.workos.com/user_management/<clientId>`.
   */
  readonly issuer?: string | undefined
  readonly domain?: undefined
}

/** Access tokens of Connect: OAuth applications, MCP clients and machines. */
export interface WorkosConnect {
  /** The AuthKit domain, or the custom domain in its place. */
  readonly domain: string
  readonly clientId?: undefined
  readonly issuer?: undefined
}

const API = 'https://api.workos.com'
const EXAMPLE = 'client_01HBEQKA6K4QJAS93VPE39W1JT'

const CLIENT_ID: WordShape = {
  pattern: /^client_[0-9A-Za-z]+$/,
  what: 'the client id of an environment, which begins with client_',
  example: EXAMPLE,
  mistakes: [[/^sk_/, `is an API key. Write the client id, such as ${EXAMPLE}`]],
}

const ISSUER: WordShape = {
  pattern: /^https:\/\/[^\s?#]+$/,
  what: 'the "iss" of a token, exactly',
  example: `${API}/user_management/${EXAMPLE}`,
}

const DOMAIN = hostShape('example.authkit.app', [
  [/^client_/, 'is a client id. Write it as clientId, for sessions, or the AuthKit domain here'],
])

/**
 * The issuer options of a WorkOS environment. Sessions need a JWT template that adds `aud`, because
 * their tokens have none; Connect's `aud` is the resource, or the environment's client id. The
 * `audience` of the server is that. Scopes of sessions are their `permissions`.
 *
 * Does not check that a session or a consent was revoked; sessions have tokens of a few minutes.
 *
 * @example
 * resourceServer({
 *   issuer: workos({ clientId: 'client_01HBEQKA6K4QJAS93VPE39W1JT' }),
 *   audience: 'https://api.example.com',
 * })
 *
 * @throws {ConfigurationError} for a wrong option, such as an API key as `clientId`.
 */
export function workos(options: WorkosOptions): IssuerOptions {
  const reader = readWords('workos', options, ['clientId', 'domain', 'issuer'], `{ clientId: '${EXAMPLE}' }`)
  const form = onlyOne(reader, ['clientId', 'domain'], 'clientId for sessions, domain for Connect')
  return form === 'clientId' ? sessions(reader) : connect(reader)
}

function sessions(reader: OptionReader): IssuerOptions {
  const clientId = readWord(reader, 'clientId', CLIENT_ID)
  const issuer = reader.has('issuer') ? readWord(reader, 'issuer', ISSUER) : undefined
  return {
    issuer: issuer ?? `${API}/user_management/${clientId}`,
    jwksUri: `${API}/sso/jwks/${clientId}`,
    algorithms: ['RS256'],
    scopes: 'permissions',
    roles: ['roles', 'role'],
    clientId: 'client_id',
  }
}

function connect(reader: OptionReader): IssuerOptions {
  if (reader.has('issuer')) reader.fail('issuer', 'contradicts domain, which is the issuer')
  return {
    issuer: `https://${readWord(reader, 'domain', DOMAIN)}`,
    algorithms: ['RS256'],
    scopes: 'scope',
    clientId: 'client_id',
  }
}
