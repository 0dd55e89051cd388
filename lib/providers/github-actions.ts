/**
 * GitHub Actions: one issuer for the workflows of all repositories, so that the claims about the
 * repository decide who may call.
 */
import type { OptionReader } from '../core/options/reader.js'
import type { IssuerWithAudience } from '../core/options/types.js'
import { onlyOne, readWordList } from './lists.js'
import { hostShape, readOptionalWord, readWords } from './words.js'
import type { WordShape } from './words.js'

/** Whose workflows may call, and where GitHub runs. */
export type GitHubActionsOptions = GitHubWhere & GitHubCallers

interface GitHubWhere {
  /** The audience that the workflows request, normally the URL of this API. */
  readonly audience: string | readonly string[]
  /** The host of a GitHub Enterprise Server. Default: github.com. */
  readonly enterpriseServer?: string | undefined
  /**
   * The slug of an enterprise on github.com whose tokens have an issuer of their own
   * (`include_enterprise_slug`). Default none.
   */
  readonly enterprise?: string | undefined
  /** The subdomain of an enterprise on GHE.com: `octocorp` for `octocorp.ghe.com`. Default none. */
  readonly gheSubdomain?: string | undefined
}

/** Exactly one: everybody with a GitHub account can get a token with any audience. */
type GitHubCallers =
  | {
      /** The repositories, as `owner/name`. A renamed one is refused. */
      readonly repositories: string | readonly string[]
      readonly repositoryIds?: undefined
      readonly owners?: undefined
      readonly ownerIds?: undefined
    }
  | {
      /** The numeric ids of the repositories, as strings, which survive a new name. */
      readonly repositoryIds: string | readonly string[]
      readonly repositories?: undefined
      readonly owners?: undefined
      readonly ownerIds?: undefined
    }
  | {
      /** Organizations or users, all of whose repositories may call. */
      readonly owners: string | readonly string[]
      readonly repositories?: undefined
      readonly repositoryIds?: undefined
      readonly ownerIds?: undefined
    }
  | {
      /** The numeric ids of organizations or users, as strings. */
      readonly ownerIds: string | readonly string[]
      readonly repositories?: undefined
      readonly repositoryIds?: undefined
      readonly owners?: undefined
    }

const EXAMPLE = "{ audience: 'https://api.example.com', repositories: 'octo-org/octo-repo' }"
const FORMS = 'repositories, repositoryIds, owners or ownerIds say whose workflows may call'

const AUDIENCE: WordShape = {
  pattern: /^\S+$/,
  what: 'the audience that workflows request',
  example: 'https://api.example.com',
}

const ID: WordShape = { pattern: /^\d+$/, what: 'a number as a string', example: '65' }

const CALLERS = {
  repositories: {
    claim: 'repository',
    shape: {
      pattern: /^[\w-]+\/[\w.-]+$/,
      what: 'an owner and a name',
      example: 'octo-org/octo-repo',
      mistakes: [
        [/:\/\//, 'is a URL. Write the owner and the name, such as octo-org/octo-repo'],
        [/\*/, 'has a wildcard, which is not supported. Set owners for all repositories of an owner'],
        [/^repo:/, 'is a subject. Write the owner and the name, such as octo-org/octo-repo'],
      ],
    },
  },
  repositoryIds: { claim: 'repository_id', shape: ID },
  owners: {
    claim: 'repository_owner',
    shape: { pattern: /^[\w-]+$/, what: 'the name of an organization or a user', example: 'octo-org' },
  },
  ownerIds: { claim: 'repository_owner_id', shape: ID },
} as const satisfies Record<string, { claim: string; shape: WordShape }>

const SERVER = hostShape('github.example.com')
const SLUG: WordShape = {
  pattern: /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/,
  what: 'one label in lower case',
  example: 'octocorp',
}

/**
 * The issuer options, with their audience, of GitHub Actions. A token must name one of the callers
 * and, in `aud`, this API. Workflows of every branch, of pull requests and of every trigger pass:
 * guard by `ref`, `environment` or `job_workflow_ref` where that is too many.
 *
 * @example
 * resourceServer({
 *   issuer: gitHubActions({
 *     audience: 'https://api.example.com',
 *     repositories: 'octo-org/octo-repo',
 *   }),
 * })
 *
 * @throws {ConfigurationError} for a wrong option, such as the URL of a repository.
 */
export function gitHubActions(options: GitHubActionsOptions): IssuerWithAudience {
  const where = ['enterpriseServer', 'enterprise', 'gheSubdomain']
  const known = ['audience', ...where, ...Object.keys(CALLERS)]
  const reader = readWords('gitHubActions', options, known, EXAMPLE)
  const form = onlyOne(reader, ['repositories', 'repositoryIds', 'owners', 'ownerIds'], FORMS)
  const { claim, shape } = CALLERS[form]
  return {
    issuer: readIssuer(reader),
    algorithms: ['RS256'],
    audience: readWordList(reader, 'audience', AUDIENCE),
    clientId: 'repository',
    requiredClaims: { [claim]: readWordList(reader, form, shape) },
  }
}

function readIssuer(reader: OptionReader): string {
  const places = (['enterpriseServer', 'enterprise', 'gheSubdomain'] as const).filter((name) =>
    reader.has(name),
  )
  if (places[1] !== undefined)
    reader.fail(places[1], `contradicts ${String(places[0])}. Set only one of them`)
  const server = readOptionalWord(reader, 'enterpriseServer', SERVER)
  if (server !== undefined) return `https://${server}/_services/token`
  const subdomain = readOptionalWord(reader, 'gheSubdomain', SLUG)
  if (subdomain !== undefined) return `https://token.actions.${subdomain}.ghe.com`
  const enterprise = readOptionalWord(reader, 'enterprise', SLUG)
  const issuer = 'https://token.actions.githubusercontent.com'
  return enterprise === undefined ? issuer : `${issuer}/${enterprise}`
}
