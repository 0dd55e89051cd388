import { requireClaim, resourceServer } from 'express-resource-server'
import { gitHubActions } from 'express-resource-server/providers'
import {
  changed,
  clock,
  mint,
  providerFetch,
  publishedKey,
  testMistakes,
  testTokens,
} from './support/provider.js'
import type { TokenShape } from './support/provider.js'

const API = 'https://api.example.com'
const ISSUER = 'https://token.actions.githubusercontent.com'

function documentsOf(issuer: string): Readonly<Record<string, unknown>> {
  return {
    [`${issuer}/.well-known/openid-configuration`]: {
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks`,
      subject_types_supported: ['public', 'pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
    },
    [`${issuer}/.well-known/jwks`]: { keys: [publishedKey({ x5c: ['MIID'], x5t: 'c29tZQ' })] },
  }
}

const workflow: TokenShape = {
  claims: {
    iss: ISSUER,
    jti: 'a5b1c2d3-e4f5-6789-abcd-ef0123456789',
    sub: 'repo:octo-org/octo-repo:environment:production',
    aud: API,
    ref: 'refs/heads/main',
    ref_type: 'branch',
    sha: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b',
    repository: 'octo-org/octo-repo',
    repository_id: '74',
    repository_owner: 'octo-org',
    repository_owner_id: '65',
    repository_visibility: 'private',
    run_id: '1530679971',
    run_number: '10',
    run_attempt: '2',
    actor: 'octocat',
    actor_id: '12',
    workflow: 'deploy',
    event_name: 'push',
    environment: 'production',
    job_workflow_ref: 'octo-org/octo-repo/.github/workflows/deploy.yml@refs/heads/main',
    runner_environment: 'github-hosted',
  },
}

testTokens('A server for one repository', {
  issuer: gitHubActions({ audience: API, repositories: 'octo-org/octo-repo' }),
  server: {},
  documents: documentsOf(ISSUER),
  accepted: [
    [
      'a token of its workflow',
      workflow,
      {
        subject: 'repo:octo-org/octo-repo:environment:production',
        clientId: 'octo-org/octo-repo',
        scopes: [],
      },
    ],
    [
      'a token with an immutable subject',
      changed(workflow, { sub: 'repo:octo-org@65/octo-repo@74:ref:refs/heads/main' }),
      { subject: 'repo:octo-org@65/octo-repo@74:ref:refs/heads/main' },
    ],
  ],
  refused: [
    [
      'a workflow of anybody else who asks for this audience',
      changed(workflow, { repository: 'evil/octo-repo', repository_owner: 'evil' }),
      { code: 'ERR_CLAIMS_REFUSED' },
    ],
    [
      'a token without repository',
      changed(workflow, { repository: undefined }),
      { code: 'ERR_CLAIM_MISSING' },
    ],
    [
      'a token with the default audience',
      changed(workflow, { aud: 'https://github.com/octo-org' }),
      { code: 'ERR_AUDIENCE_MISMATCH' },
    ],
    [
      'a token for a cloud',
      changed(workflow, { aud: 'sts.amazonaws.com' }),
      { code: 'ERR_AUDIENCE_MISMATCH' },
    ],
    [
      'a token of an enterprise',
      changed(workflow, { iss: `${ISSUER}/octocorp` }),
      { code: 'ERR_ISSUER_UNKNOWN', hint: 'issuer_same_host' },
    ],
  ],
})

testTokens('A server for an owner, by the id', {
  issuer: gitHubActions({ audience: API, ownerIds: ['65', '66'] }),
  server: {},
  documents: documentsOf(ISSUER),
  accepted: [['a token of a renamed owner', changed(workflow, { repository_owner: 'octo-inc' }), {}]],
  refused: [
    [
      'a token of somebody who took the old name',
      changed(workflow, { repository_owner_id: '999' }),
      { code: 'ERR_CLAIMS_REFUSED' },
    ],
  ],
})

describe('Where GitHub runs', () => {
  const callers = { audience: API, repositories: 'octo-org/octo-repo' }
  test.each([
    [{}, ISSUER],
    [{ enterprise: 'octocorp' }, `${ISSUER}/octocorp`],
    [{ enterpriseServer: 'github.example.com' }, 'https://github.example.com/_services/token'],
    [{ gheSubdomain: 'octocorp' }, 'https://token.actions.octocorp.ghe.com'],
  ])('%j has the issuer %s, and its tokens are accepted', async (where, issuer) => {
    const fetch = await providerFetch(documentsOf(issuer))
    const api = resourceServer({ issuer: gitHubActions({ ...callers, ...where }), clock, fetch })
    await expect(api.verify(mint(changed(workflow, { iss: issuer })))).resolves.toMatchObject({ issuer })
    api.close()
  })
})

test.each([
  ['the branch', requireClaim('ref', 'refs/heads/main'), { ref: 'refs/pull/7/merge' }],
  ['the environment', requireClaim('environment', 'production'), { environment: undefined }],
  [
    'the workflow',
    requireClaim('job_workflow_ref', 'octo-org/octo-repo/.github/workflows/deploy.yml@refs/heads/main'),
    { job_workflow_ref: 'octo-org/octo-repo/.github/workflows/test.yml@refs/heads/main' },
  ],
])('A guard by %s lets the right workflow pass and no other', async (_title, guard, changes) => {
  const issuer = gitHubActions({ audience: API, repositories: 'octo-org/octo-repo' })
  const api = resourceServer({ issuer, clock, fetch: await providerFetch(documentsOf(ISSUER)) })
  const request = { headers: {}, rawHeaders: [] }
  expect(guard.allows(await api.verify(mint(workflow)), request)).toBe(true)
  expect(guard.allows(await api.verify(mint(changed(workflow, changes))), request)).toBe(false)
  api.close()
})

describe('gitHubActions()', () => {
  const repositories = 'octo-org/octo-repo'
  testMistakes(gitHubActions, [
    ['no object', API, 'gitHubActions: must be an object, such as { audience: '],
    ['no callers', { audience: API }, 'gitHubActions.repositories: is required, or one of its alternatives'],
    ['no audience', { repositories }, 'gitHubActions.audience: is required'],
    [
      'two kinds of callers',
      { audience: API, repositories, owners: 'octo-org' },
      'gitHubActions.owners: contradicts repositories',
    ],
    [
      'a URL',
      { audience: API, repositories: 'https://github.com/octo-org/octo-repo' },
      'repositories: is a URL',
    ],
    [
      'a wildcard',
      { audience: API, repositories: 'octo-org/*' },
      'repositories: has a wildcard, which is not supported',
    ],
    ['a subject', { audience: API, repositories: 'repo:octo-org/octo-repo' }, 'repositories: is a subject'],
    [
      'only a name',
      { audience: API, repositories: 'octo-repo' },
      'repositories: must be an owner and a name',
    ],
    [
      'no repository',
      { audience: API, repositories: [] },
      'repositories: must be a string or an array of strings',
    ],
    ['an owner that is a repository', { audience: API, owners: repositories }, 'owners: must be the name of'],
    [
      'an id that is a name',
      { audience: API, ownerIds: 'octo-org' },
      'ownerIds: must be a number as a string',
    ],
    [
      'two places',
      { audience: API, repositories, enterprise: 'a', gheSubdomain: 'b' },
      'gheSubdomain: contradicts enterprise',
    ],
    [
      'the URL of a server',
      { audience: API, repositories, enterpriseServer: 'https://github.example.com' },
      'enterpriseServer: is a URL',
    ],
    [
      'a host as subdomain',
      { audience: API, repositories, gheSubdomain: 'octocorp.ghe.com' },
      'gheSubdomain: must be one label',
    ],
  ])
})
