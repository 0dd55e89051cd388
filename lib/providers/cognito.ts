/** Amazon Cognito: one issuer for each user pool. */
import type { IssuerWithAudience } from '../core/options/types.js'
import { readWord, readWords } from './words.js'
import type { WordShape } from './words.js'

/** The words of Cognito's console. One of `clientIds` and `resources` is required. */
export interface CognitoOptions {
  /** The "User pool ID", which begins with the region. */
  readonly userPoolId: string
  /**
   * The ids of the app clients that may call this API. Cognito's usual tokens have no `aud`, so that
   * `client_id` decides.
   */
  readonly clientIds?: string | readonly string[] | undefined
  /**
   * The identifiers of this API by which clients request tokens (RFC 8707, "resource binding"). Such
   * tokens have an `aud`, which must be one of them. Together with `clientIds`, both must match.
   */
  readonly resources?: string | readonly string[] | undefined
  /** `'updated'` if the pool's issuer configuration has the type `UPDATED`. Default `'original'`. */
  readonly issuerType?: 'original' | 'updated' | undefined
}

const EXAMPLE = 'eu-central-1_AbCdEfGhI'
const POOL: WordShape = {
  pattern: /^[a-z]{2}(?:-[a-z]+)+-\d_[A-Za-z0-9]+$/,
  what: 'the id of a user pool, which begins with the region and an underscore',
  example: EXAMPLE,
  mistakes: [
    [/^arn:/, `is an ARN. Write what is after userpool/, such as ${EXAMPLE}`],
    [/:\/\//, `is a URL. Write only the id of the user pool, such as ${EXAMPLE}`],
    [
      /^[a-z]{2}(?:-[a-z]+)+-\d:/,
      `is the id of an identity pool. Write that of a user pool, such as ${EXAMPLE}`,
    ],
    [
      /^eusc-/,
      'is of the European Sovereign Cloud, whose issuers have an address of their own. Write issuer without cognito(), as tokens have it in "iss"',
    ],
    [/^_?[A-Za-z0-9]+$/, `lacks the region. Write the whole id of the user pool, such as ${EXAMPLE}`],
  ],
}
const CLIENT = /^[a-z0-9]+$/i

/**
 * The issuer options of a Cognito user pool. Refuses its ID tokens. A token of one of your clients
 * is not necessarily meant for this API: guard each route by a scope of the API's resource server.
 * Does not check that the pool and the clients exist.
 *
 * @example
 * resourceServer({
 *   issuer: cognito({ userPoolId: 'eu-central-1_AbCdEfGhI', clientIds: '1h57kf5cpq17m0eml12example' }),
 * })
 *
 * @throws {ConfigurationError} for a wrong option, such as an id without region.
 */
export function cognito(options: CognitoOptions): IssuerWithAudience {
  const known = ['userPoolId', 'clientIds', 'resources', 'issuerType']
  const reader = readWords('cognito', options, known, `{ userPoolId: '${EXAMPLE}', clientIds: '…' }`)
  const userPoolId = readWord(reader, 'userPoolId', POOL)
  const clientIds = reader.strings('clientIds')
  const resources = reader.strings('resources')
  const issuerType = reader.oneOf('issuerType', ['original', 'updated']) ?? 'original'
  if (clientIds === undefined && resources === undefined)
    reader.fail(
      'clientIds',
      'is required: the ids of the app clients that may call this API; or set resources',
    )
  if (clientIds?.every((each) => CLIENT.test(each)) === false)
    reader.fail(
      'clientIds',
      'must be the ids of app clients, such as 1h57kf5cpq17m0eml12example, not their names',
    )
  return {
    issuer: issuerOf(userPoolId, issuerType),
    algorithms: 'RS256',
    ...(clientIds !== undefined && { audienceClaim: 'client_id' }),
    audience: [...(clientIds ?? []), ...(resources ?? [])],
    scopes: 'scope',
    roles: 'cognito:groups',
    clientId: 'client_id',
    requiredClaims: { token_use: ['access'] },
  }
}

function issuerOf(userPoolId: string, type: 'original' | 'updated'): string {
  const [region = ''] = userPoolId.split('_')
  const service = type === 'updated' ? 'issuer-cognito-idp' : 'cognito-idp'
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  return `https://${service}.${region}.${domain}/${userPoolId}`
}
