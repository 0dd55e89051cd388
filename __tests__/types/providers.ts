/**
 * What must and must not compile about the presets of providers. Nothing here runs: the compiler
 * reads it.
 */
import { resourceServer } from 'express-resource-server'
import {
  authentik,
  clerk,
  cloudflareAccess,
  firebase,
  gitHubActions,
  google,
  logto,
  supabase,
  workos,
  zitadel,
} from 'express-resource-server/providers'

const audience = 'https://api.example.com'
const serviceAccounts = 'caller@example-project.iam.gserviceaccount.com'
const repositories = 'octo-org/octo-repo'
const frontendApiUrl = 'https://clerk.example.com'
const url = 'https://auth.example.com'
const endpoint = 'https://example.logto.app'
const projectRef = 'abcdefghijklmnopqrst'
const clientId = 'client_1'

// Those that know their audience are enough, alone, together and with options of their own.
resourceServer({ issuer: firebase({ projectId: 'example-1a2b3' }) })
resourceServer({ issuer: supabase({ url }) })
resourceServer({ issuer: zitadel({ url, projectId: '284972348572348901' }) })
resourceServer({ issuer: authentik({ url, application: 'orders', clientId, issuerMode: 'global' }) })
resourceServer({ issuer: cloudflareAccess({ team: 'example', audienceTag: ['a', 'b'] }) })
resourceServer({ issuer: clerk({ frontendApiUrl, authorizedParties: [url] }) })
resourceServer({ issuer: gitHubActions({ audience, repositories, enterprise: 'octocorp' }) })
resourceServer({
  issuer: [google({ audience, serviceAccounts }), google({ iapAudience: '/projects/1/apps/a' })],
})
resourceServer({ issuer: { ...supabase({ projectRef }), roles: 'user_role' } })
resourceServer({ issuer: [supabase({ projectRef }), { ...logto({ endpoint }), audience }] })
resourceServer({ issuer: (iss) => (iss.startsWith(endpoint) ? logto({ endpoint }) : undefined), audience })

// The others need one.
resourceServer({ issuer: logto({ endpoint }), audience })
resourceServer({ issuer: [workos({ clientId }), workos({ domain: 'example.authkit.app' })], audience })
// @ts-expect-error the audience is missing
resourceServer({ issuer: logto({ endpoint }) })

// Kinds of tokens exclude each other, and who may call is required.
// @ts-expect-error no service accounts
google({ audience })
// @ts-expect-error two kinds of tokens
google({ audience, serviceAccounts, clientIds: 'a.apps.googleusercontent.com' })
// @ts-expect-error nobody may call
gitHubActions({ audience })
// @ts-expect-error two kinds of callers
gitHubActions({ audience, repositories, owners: 'octo-org' })
// @ts-expect-error ids are strings: large numbers would lose digits
gitHubActions({ audience, ownerIds: [65] })
// @ts-expect-error two kinds of tokens
clerk({ frontendApiUrl, authorizedParties: url, audience })
// @ts-expect-error both ways to name the project
supabase({ projectRef, url })
// @ts-expect-error an issuer belongs to sessions
workos({ domain: 'example.authkit.app', issuer: url })
// @ts-expect-error another mode
authentik({ url, application: 'orders', clientId, issuerMode: 'each' })
// @ts-expect-error a variable that may be unset
firebase({ projectId: process.env['PROJECT_ID'] })
