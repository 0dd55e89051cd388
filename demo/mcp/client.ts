/** The client of the MCP SDK. It knows the URL of the server, and finds everything else by itself. */
import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js'
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { OAuthClientInformationMixed, OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js'

const REDIRECT_URI = 'http://127.0.0.1/callback'

/** Keeps in memory what the SDK asks it to keep, and plays the browser in which the user logs in. */
export class Login implements OAuthClientProvider {
  readonly redirectUrl = REDIRECT_URI
  readonly clientMetadata
  readonly #tell: (what: string) => void
  #client: OAuthClientInformationMixed | undefined
  #tokens: OAuthTokens | undefined
  #verifier = ''
  #callback = new URLSearchParams()

  constructor(grantTypes: string[], tell: (what: string) => void) {
    this.clientMetadata = {
      client_name: 'demo',
      redirect_uris: [REDIRECT_URI],
      grant_types: grantTypes,
      application_type: 'native',
      token_endpoint_auth_method: 'none',
    }
    this.#tell = tell
  }

  /** What the authorization server sent back. */
  get callback(): URLSearchParams {
    return this.#callback
  }

  get code(): string {
    return this.#callback.get('code') ?? ''
  }

  clientInformation(): OAuthClientInformationMixed | undefined {
    return this.#client
  }

  saveClientInformation(client: OAuthClientInformationMixed): void {
    this.#client = client
    this.#tell('registered itself')
  }

  tokens(): OAuthTokens | undefined {
    return this.#tokens
  }

  saveTokens(tokens: OAuthTokens): void {
    const how = this.#tokens?.refresh_token === undefined ? 'got' : 'refreshed'
    this.#tokens = tokens
    this.#tell(`${how} a token for ${tokens.scope ?? 'no scope'}`)
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier
  }

  codeVerifier(): string {
    return this.#verifier
  }

  /** Follows the redirects with cookies, until the one with the code. */
  async redirectToAuthorization(url: URL): Promise<void> {
    this.#tell(`sends the user to log in, for ${url.searchParams.get('scope') ?? 'no scope'}`)
    const cookies = new Map<string, string>()
    let next = url
    while (!next.href.startsWith(REDIRECT_URI)) {
      const cookie = [...cookies].map((each) => each.join('=')).join('; ')
      const answer = await fetch(next, { redirect: 'manual', headers: { cookie } })
      for (const each of answer.headers.getSetCookie()) {
        const [pair = ''] = each.split(';', 1)
        const [name = '', ...value] = pair.split('=')
        cookies.set(name, value.join('='))
      }
      const location = answer.headers.get('location')
      if (location === null) throw new Error(`The authorization server answered ${await answer.text()}`)
      next = new URL(location, next)
    }
    this.#callback = next.searchParams
  }
}

/** Runs `task`, and once more after a login, if the server asks for one. */
export async function withLogin<T>(
  server: string,
  login: Login,
  task: (client: Client) => Promise<T>,
): Promise<T> {
  const attempt = async (transport: StreamableHTTPClientTransport): Promise<T> => {
    const client = new Client({ name: 'demo', version: '1.0.0' })
    await client.connect(transport)
    try {
      return await task(client)
    } finally {
      await client.close()
    }
  }
  const first = new StreamableHTTPClientTransport(new URL(server), { authProvider: login })
  try {
    return await attempt(first)
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error
    await first.finishAuth(login.code)
    return attempt(new StreamableHTTPClientTransport(new URL(server), { authProvider: login }))
  }
}
