/** A token endpoint that gives a token to everybody who asks: for tests and local development. RFC 6749 §4.4. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isString } from '../core/base/own.js'
import type { TestTokenOptions } from './types.js'

export type Mint = (options: TestTokenOptions) => Promise<string>

const MAX_BYTES = 16_384
const LIFETIME_SECONDS = 300

export interface TokenEndpoint {
  readonly mint: Mint
  /** Of each token, unless the request says otherwise. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** Checks no client. Reads `scope` and `client_id`. */
export async function answerTokenRequest(
  req: IncomingMessage,
  res: ServerResponse,
  { mint, claims }: TokenEndpoint,
): Promise<void> {
  res.setHeader('content-type', 'application/json').setHeader('cache-control', 'no-store')
  const form = req.method === 'POST' ? await readForm(req) : undefined
  const refused = form === undefined ? 'invalid_request' : refusalOf(form)
  if (form === undefined || refused !== undefined) {
    res.writeHead(400).end(JSON.stringify({ error: refused }))
    return
  }
  const scope = form.get('scope') ?? claims['scope']
  const clientId = form.get('client_id') ?? undefined
  const { exp: _, ...others } = claims
  const machine = clientId === undefined ? {} : { client_id: clientId }
  const token = await mint(onlyClaims({ sub: clientId ?? 'user-1', ...others, ...machine, scope }))
  const answer = { access_token: token, token_type: 'Bearer', expires_in: LIFETIME_SECONDS }
  // Clients refuse an answer whose `scope` is no string. The claim may be anything.
  res.end(JSON.stringify(isString(scope) ? { ...answer, scope } : answer))
}

/**
 * `header` and `key` are options of `token()`, but claims of what `toJSON` returns. A claim that is
 * `undefined` is left out.
 */
function onlyClaims(claims: object): TestTokenOptions {
  return {
    toJSON(this: object) {
      return { ...this, ...claims, toJSON: undefined }
    },
  }
}

function refusalOf(form: URLSearchParams): string | undefined {
  return form.get('grant_type') === 'client_credentials' ? undefined : 'unsupported_grant_type'
}

/** `undefined` for more bytes than a token request has. */
async function readForm(req: IncomingMessage): Promise<URLSearchParams | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of req as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MAX_BYTES) return undefined
    chunks.push(chunk)
  }
  return new URLSearchParams(Buffer.concat(chunks).toString())
}
