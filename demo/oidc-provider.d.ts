/** The few members of oidc-provider that the demo uses; the package ships no types. */
declare module 'oidc-provider/lib/provider.js' {
  import type { RequestListener } from 'node:http'

  export class Provider {
    constructor(issuer: string, configuration: object)
    callback(): RequestListener
    on(event: 'server_error', listener: (context: unknown, error: Error) => void): this
  }
}

declare module 'oidc-provider/lib/helpers/errors.js' {
  export class InvalidTarget extends Error {}
}
