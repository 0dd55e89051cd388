/** The providers that the command line knows, with their words. */
import type * as presets from '../../providers/index.js'
import {
  adfs,
  auth0,
  authentik,
  azureB2c,
  clerk,
  cloudflareAccess,
  cognito,
  entra,
  entraExternalId,
  firebase,
  gitHubActions,
  google,
  keycloak,
  logto,
  okta,
  supabase,
  workos,
  zitadel,
} from '../../providers/index.js'
import type { IssuerOptions } from '../../core/options/types.js'
import { DOCS } from '../docs-folder.js'

/** What the text of a word becomes. */
export type Kind = 'text' | 'list' | 'boolean' | 'integer'

export interface Provider {
  /** Throws a ConfigurationError for a wrong or missing word. */
  readonly make: (words: unknown) => IssuerOptions
  readonly words: ReadonlyMap<string, Kind>
  /** The page about it in docs/issuers. */
  readonly page: string
}

/** A function decides about its issuers, which cannot be written on a command line. */
export type Resolving = 'entraTenants'

type Names<Words> = Words extends unknown ? keyof Words & string : never
type Value<Words, Name> = Words extends unknown ? (Name extends keyof Words ? Words[Name] : never) : never
type KindOf<Type> = [Extract<Type, readonly unknown[]>] extends [never]
  ? [Extract<Type, boolean>] extends [never]
    ? [Extract<Type, number>] extends [never]
      ? 'text'
      : 'integer'
    : 'boolean'
  : 'list'

/** All words of a preset: the compiler finds one that is left out or has another kind. */
type Kinds<Words> = { readonly [Name in Names<Words>]: KindOf<Value<Words, Name>> }

function provider<Words>(page: string, make: (words: Words) => IssuerOptions, kinds: Kinds<Words>): Provider {
  return {
    make: (words) => make(words as Words),
    words: new Map(Object.entries<Kind>(kinds)),
    page: `${DOCS}/issuers/${page}.md`,
  }
}

const CALLERS = { repositories: 'list', repositoryIds: 'list', owners: 'list', ownerIds: 'list' } as const
const PLACES = { enterpriseServer: 'text', enterprise: 'text', gheSubdomain: 'text' } as const
const TENANT = { tenantId: 'text', clientId: 'text' } as const

export const PROVIDERS: Readonly<Record<Exclude<keyof typeof presets, Resolving>, Provider>> = {
  adfs: provider('adfs', adfs, { federationServiceName: 'text', federationServiceIdentifier: 'text' }),
  auth0: provider('auth0', auth0, { domain: 'text', tokenProfile: 'text', permissions: 'boolean' }),
  authentik: provider('authentik', authentik, {
    url: 'text',
    application: 'text',
    clientId: 'text',
    issuerMode: 'text',
  }),
  azureB2c: provider('entra-customers', azureB2c, {
    tenantName: 'text',
    ...TENANT,
    policies: 'list',
    domain: 'text',
  }),
  clerk: provider('clerk', clerk, {
    frontendApiUrl: 'text',
    authorizedParties: 'list',
    audience: 'list',
    oauthClientIds: 'list',
  }),
  cloudflareAccess: provider('cloudflare-access', cloudflareAccess, { team: 'text', audienceTag: 'list' }),
  cognito: provider('cognito', cognito, {
    userPoolId: 'text',
    clientIds: 'list',
    resources: 'list',
    issuerType: 'text',
  }),
  entra: provider('entra', entra, {
    ...TENANT,
    tokenVersion: 'integer',
    cloud: 'text',
    signingKeysOf: 'text',
  }),
  entraExternalId: provider('entra-customers', entraExternalId, TENANT),
  firebase: provider('firebase', firebase, { projectId: 'text' }),
  gitHubActions: provider('github-actions', gitHubActions, { audience: 'list', ...CALLERS, ...PLACES }),
  google: provider('google', google, {
    audience: 'list',
    serviceAccounts: 'list',
    clientIds: 'list',
    iapAudience: 'list',
  }),
  keycloak: provider('keycloak', keycloak, { url: 'text', realm: 'text', rolesOfClient: 'text' }),
  logto: provider('logto', logto, { endpoint: 'text' }),
  okta: provider('okta', okta, { domain: 'text', authorizationServerId: 'text' }),
  supabase: provider('supabase', supabase, { projectRef: 'text', url: 'text' }),
  workos: provider('workos', workos, { clientId: 'text', issuer: 'text', domain: 'text' }),
  zitadel: provider('zitadel', zitadel, { url: 'text', projectId: 'text' }),
}
