/** The providers that the command line knows, and which of their words are more than a string. */
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

/** What a text becomes that is no string. */
export type Kind = 'list' | 'boolean' | 'integer'

export interface Provider {
  /** Throws a ConfigurationError for a wrong or missing word. */
  readonly make: (words: unknown) => IssuerOptions
  readonly kinds: ReadonlyMap<string, Kind>
  /** The page about it in docs/issuers. */
  readonly page: string
}

/** A function decides about its issuers, which cannot be written on a command line. */
export type Resolving = 'entraTenants'

type Keys<Words> = Words extends unknown ? keyof Words & string : never
type Value<Words, Name> = Words extends unknown ? (Name extends keyof Words ? Words[Name] : never) : never
type KindOf<Type> = [Extract<Type, readonly unknown[]>] extends [never]
  ? [Extract<Type, boolean>] extends [never]
    ? [Extract<Type, number>] extends [never]
      ? never
      : 'integer'
    : 'boolean'
  : 'list'

/** Each word of a preset that takes more than a string: the compiler finds one that is left out. */
type Kinds<Words> = {
  readonly [Name in Keys<Words> as [KindOf<Value<Words, Name>>] extends [never] ? never : Name]: KindOf<
    Value<Words, Name>
  >
}

function provider<Words>(page: string, make: (words: Words) => IssuerOptions, kinds: Kinds<Words>): Provider {
  return {
    make: (words) => make(words as Words),
    kinds: new Map(Object.entries<Kind>(kinds)),
    page: `docs/issuers/${page}.md`,
  }
}

const CALLERS = { repositories: 'list', repositoryIds: 'list', owners: 'list', ownerIds: 'list' } as const

export const PROVIDERS: Readonly<Record<Exclude<keyof typeof presets, Resolving>, Provider>> = {
  adfs: provider('adfs', adfs, {}),
  auth0: provider('auth0', auth0, { permissions: 'boolean' }),
  authentik: provider('authentik', authentik, {}),
  azureB2c: provider('entra-customers', azureB2c, { policies: 'list' }),
  clerk: provider('clerk', clerk, { authorizedParties: 'list', audience: 'list', oauthClientIds: 'list' }),
  cloudflareAccess: provider('cloudflare-access', cloudflareAccess, { audienceTag: 'list' }),
  cognito: provider('cognito', cognito, { clientIds: 'list', resources: 'list' }),
  entra: provider('entra', entra, { tokenVersion: 'integer' }),
  entraExternalId: provider('entra-customers', entraExternalId, {}),
  firebase: provider('firebase', firebase, {}),
  gitHubActions: provider('github-actions', gitHubActions, { audience: 'list', ...CALLERS }),
  google: provider('google', google, {
    audience: 'list',
    serviceAccounts: 'list',
    clientIds: 'list',
    iapAudience: 'list',
  }),
  keycloak: provider('keycloak', keycloak, {}),
  logto: provider('logto', logto, {}),
  okta: provider('okta', okta, {}),
  supabase: provider('supabase', supabase, {}),
  workos: provider('workos', workos, {}),
  zitadel: provider('zitadel', zitadel, {}),
}
