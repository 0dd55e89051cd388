/** Types of the oidc-provider members that the demo uses. The package ships no types. */
declare module 'oidc-provider/lib/provider.js' {
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

  export class Provider {
    constructor(issuer: string, configuration: object)
    callback(): RequestListener
    on(event: 'server_error', listener: (context: unknown, error: Error) => void): this
    interactionDetails(req: IncomingMessage, res: ServerResponse): Promise<Interaction>
    interactionFinished(
      req: IncomingMessage,
      res: ServerResponse,
      result: object,
      options?: { mergeWithLastSubmission: boolean },
    ): Promise<void>
    registerGrantType(
      name: string,
      handler: (context: GrantContext) => Promise<void>,
      parameters: readonly string[],
    ): void

    readonly AccessToken: new (properties: object) => AccessToken
    readonly Grant: (new (properties: object) => Grant) & { find(id: string): Promise<Grant | undefined> }
    readonly ResourceServer: new (identifier: string, info: object) => object
  }

  /** A pending authorization request, and what to ask the user. */
  export interface Interaction {
    readonly uid: string
    readonly prompt: {
      readonly name: 'login' | 'consent'
      readonly details: {
        readonly missingOIDCScope?: readonly string[]
        readonly missingResourceScopes?: Readonly<Record<string, readonly string[]>>
      }
    }
    readonly params: { readonly client_id: string }
    readonly session?: { readonly accountId: string }
    readonly grantId?: string
  }

  export interface GrantContext {
    readonly oidc: {
      readonly client: { readonly clientId: string; readonly scope: string }
      readonly params: Readonly<Record<string, string | undefined>>
    }
    body: unknown
  }

  interface Grant {
    addOIDCScope(scope: string): void
    addResourceScope(resource: string, scope: string): void
    save(): Promise<string>
  }

  interface AccessToken {
    resourceServer: object
    readonly expiration: number
    save(): Promise<string>
  }
}

declare module 'oidc-provider/lib/helpers/errors.js' {
  export class InvalidGrant extends Error {
    constructor(detail: string)
  }
  export class InvalidTarget extends Error {}
  export class SessionNotFound extends Error {}
}
