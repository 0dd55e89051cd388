import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import express from 'express'
import { requireScopes, resourceServer } from 'express-resource-server'
import type { ErrorCode, Hint, RefusedEvent, ResourceServerOptions } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import type { TestTokenOptions } from 'express-resource-server/testing'
import { plain, rowsOf, sectionOf } from '../docs/support/markdown.js'
import { hintsOfTheSource } from '../docs/support/source.js'
import { start } from '../support/http.js'

const issuer = createTestIssuer()
const nowSeconds = Math.floor(Date.now() / 1000)
const closing: (() => Promise<void>)[] = []

afterAll(async () => {
  await Promise.all(closing.map((close) => close()))
})

interface Mistake {
  /** The mistake in the set-up or in the request. */
  readonly title: string
  readonly hint: Hint
  readonly status: number
  readonly code: ErrorCode
  readonly options?: Partial<ResourceServerOptions> | (() => Promise<Partial<ResourceServerOptions>>)
  readonly token: TestTokenOptions | (() => Promise<string>)
}

/** Trusts an identifier other than the `iss` of the tokens. */
function trusting(identifier: string): Partial<ResourceServerOptions> {
  return { issuer: { issuer: identifier, jwks: issuer.jwks } }
}

function unknownIssuer(hint: Hint, title: string, [iss, trusted]: readonly [string, string]): Mistake {
  return { title, hint, status: 401, code: 'ERR_ISSUER_UNKNOWN', options: trusting(trusted), token: { iss } }
}

const TENANT = '7f4c5e1a-0000-4000-8000-0123456789ab'
const ENTRA_V1 = `https://sts.windows.net/${TENANT}/`
const ENTRA_V2 = `https://login.microsoftonline.com/${TENANT}/v2.0`

/**
 * Replaces the `nonce` in the header of a signed token, as Microsoft does with the tokens for
 * Graph.
 */
async function graphToken(): Promise<string> {
  const [header = '', ...rest] = (await issuer.token({ header: { nonce: 'hashed' } })).split('.')
  const shown = { ...(JSON.parse(Buffer.from(header, 'base64url').toString()) as object), nonce: 'plain' }
  return [Buffer.from(JSON.stringify(shown)).toString('base64url'), ...rest].join('.')
}

/** An authorization server on loopback; the port is that of the identifier it should have. */
async function authorizationServer(metadata: object | undefined): Promise<string> {
  const running = await start((_req, res) => {
    if (metadata === undefined) res.writeHead(404).end()
    else res.setHeader('content-type', 'application/json').end(JSON.stringify(metadata))
  })
  return running.url
}

const MISTAKES: readonly Mistake[] = [
  unknownIssuer('issuer_trailing_slash', 'the issuer lacks the slash that tokens have at the end', [
    'https://tenant.test/',
    'https://tenant.test',
  ]),
  unknownIssuer('issuer_trailing_slash', 'the issuer has a slash at the end that tokens lack', [
    'https://tenant.test',
    'https://tenant.test/',
  ]),
  unknownIssuer('issuer_http', 'a proxy makes the issuer call itself http', [
    'http://tenant.test/realms/main',
    'https://tenant.test/realms/main',
  ]),
  unknownIssuer('issuer_case', 'the issuer is written in another case', [
    'https://tenant.test/Realms/Main',
    'https://tenant.test/realms/main',
  ]),
  unknownIssuer('issuer_other_entra_version', 'Entra ID issues v1.0 tokens, v2.0 is trusted', [
    ENTRA_V1,
    ENTRA_V2,
  ]),
  unknownIssuer('issuer_other_entra_version', 'Entra ID issues v2.0 tokens, v1.0 is trusted', [
    ENTRA_V2,
    ENTRA_V1,
  ]),
  unknownIssuer('issuer_same_host', 'the token is of another realm of the same server', [
    'https://tenant.test/realms/other',
    'https://tenant.test/realms/main',
  ]),
  {
    title: "the token's audience is its own client",
    hint: 'audience_is_client_id',
    status: 401,
    code: 'ERR_AUDIENCE_MISMATCH',
    token: { aud: 'client-1', client_id: 'client-1' },
  },
  {
    title: 'the audience lacks the slash that tokens have at the end',
    hint: 'audience_trailing_slash',
    status: 401,
    code: 'ERR_AUDIENCE_MISMATCH',
    token: { aud: `${issuer.audience}/` },
  },
  {
    title: 'the client did not say for which API it wants the token, so that it has no audience',
    hint: 'audience_missing',
    status: 401,
    code: 'ERR_CLAIM_MISSING',
    token: { aud: undefined },
  },
  {
    title: 'the client sends its ID token',
    hint: 'id_token',
    status: 401,
    code: 'ERR_NOT_AN_ACCESS_TOKEN',
    token: { at_hash: 'MTIzNDU2Nzg5MDEyMzQ1Ng', header: { typ: 'JWT' } },
  },
  {
    title: 'the authorization server issues opaque tokens',
    hint: 'opaque_token',
    status: 401,
    code: 'ERR_TOKEN_MALFORMED',
    token: () => Promise.resolve('2YotnFZFEjr1zCsicMWpAA'),
  },
  {
    title: 'the authorization server encrypts its tokens',
    hint: 'encrypted_token',
    status: 401,
    code: 'ERR_TOKEN_MALFORMED',
    token: () => Promise.resolve('eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..MTIzNDU2Nzg5MDEy.Y2lwaGVy.dGFn'),
  },
  {
    title: 'the clock of this machine is ahead, so that a new token is expired',
    hint: 'clock_skew',
    status: 401,
    code: 'ERR_TOKEN_EXPIRED',
    token: { exp: nowSeconds - 60 },
  },
  {
    title: 'the clock of this machine is behind, so that a new token is not valid yet',
    hint: 'clock_skew',
    status: 401,
    code: 'ERR_TOKEN_NOT_YET_VALID',
    token: { nbf: nowSeconds + 60 },
  },
  {
    title: 'the issuer writes times in milliseconds',
    hint: 'milliseconds',
    status: 401,
    code: 'ERR_CLAIM_INVALID',
    token: { exp: (nowSeconds + 300) * 1000 },
  },
  {
    title: 'the API is set to HS256 at the authorization server',
    hint: 'symmetric_algorithm',
    status: 401,
    code: 'ERR_ALGORITHM_NOT_ALLOWED',
    token: { key: 'HS256' },
  },
  {
    title: 'the API is set to HS256 at one of several issuers, another of which has a secret',
    hint: 'symmetric_algorithm',
    status: 401,
    code: 'ERR_ALGORITHM_NOT_ALLOWED',
    options: {
      issuer: [
        { issuer: issuer.issuer, jwks: issuer.jwks },
        { issuer: 'https://other.test', secret: issuer.secret },
      ],
    },
    token: { key: 'HS256' },
  },
  {
    title: 'the at+jwt profile is asked of an issuer that writes JWT',
    hint: 'typ_not_at_jwt',
    status: 401,
    code: 'ERR_TOKEN_TYPE',
    options: { profile: 'at+jwt' },
    token: { header: { typ: 'JWT' } },
  },
  {
    title: 'the token is one for Microsoft Graph',
    hint: 'microsoft_graph_token',
    status: 401,
    code: 'ERR_SIGNATURE_INVALID',
    token: graphToken,
  },
  {
    title: 'the scopes are in permissions, which is not looked at',
    hint: 'scope_in_permissions',
    status: 403,
    code: 'ERR_SCOPE_INSUFFICIENT',
    token: { scope: 'openid', permissions: ['orders:read'] },
  },
  {
    title: 'the issuer has no metadata at either well-known place',
    hint: 'discovery_not_found',
    status: 503,
    code: 'ERR_KEYS_UNAVAILABLE',
    options: async () => ({ issuer: await authorizationServer(undefined) }),
    token: {},
  },
  {
    title: 'the metadata at the issuer names another issuer',
    hint: 'discovery_issuer_mismatch',
    status: 503,
    code: 'ERR_KEYS_UNAVAILABLE',
    options: async () => ({
      issuer: await authorizationServer({
        issuer: 'https://{tenantid}.test',
        jwks_uri: 'https://a.test/jwks',
      }),
    }),
    token: {},
  },
]

interface Seen {
  readonly error: unknown
  readonly event: RefusedEvent | undefined
  readonly answer: Awaited<ReturnType<Awaited<ReturnType<typeof start>>['ask']>>
}

/** What the error handler, the channel and the client see of one refused request. */
async function makeMistake(mistake: Mistake, refusals: 'next' | 'respond'): Promise<Seen> {
  const changes = typeof mistake.options === 'function' ? await mistake.options() : mistake.options
  const options = { ...issuer.options, ...changes, refusals }
  const trusted = typeof options.issuer === 'string' ? options.issuer : undefined
  const token =
    typeof mistake.token === 'function'
      ? await mistake.token()
      : await issuer.token({ scope: 'orders:read', ...(trusted && { iss: trusted }), ...mistake.token })
  let error: unknown
  const events: RefusedEvent[] = []
  const listen = (message: unknown): void => void events.push(message as RefusedEvent)
  const api = resourceServer(options)
  const handleError: express.ErrorRequestHandler = (thrown, _req, res, _next) => {
    error = thrown
    res.status(thrown.status).json({ error: thrown.error, error_description: thrown.description })
  }
  const app = express()
    .use(api)
    .get('/', requireScopes('orders:read'), (_req, res) => res.json('reached'))
    .use(handleError)
  subscribe('express-resource-server:refused', listen)
  try {
    const answer = await (await start(app)).ask({ token })
    return { error, event: events[0], answer }
  } finally {
    unsubscribe('express-resource-server:refused', listen)
    api.close()
  }
}

/** `invalid_token` does not count as `id_token`. */
function word(hint: Hint): RegExp {
  return new RegExp(`\\b${hint}\\b`)
}

describe.each(MISTAKES.map((mistake) => [mistake.hint, mistake.title, mistake] as const))(
  '%s: when %s',
  (hint, _title, mistake) => {
    const { code, status } = mistake

    test('the error that an error handler gets has the hint', async () => {
      const { error, answer } = await makeMistake(mistake, 'next')
      expect(error).toMatchObject({ code, status, hint })
      expect(answer.status).toBe(status)
    })

    test('the diagnostics channel has the hint', async () => {
      const { event } = await makeMistake(mistake, 'respond')
      expect(event).toEqual({ code, status, hint, isReportOnly: false })
    })

    test.each(['respond', 'next'] as const)(
      'the client does not see the hint, with refusals: %s',
      async (by) => {
        const { answer } = await makeMistake(mistake, by)
        expect(answer.status).toBe(status)
        expect(JSON.stringify(answer.headers) + answer.text).not.toMatch(word(hint))
      },
    )

    test('neither the message of the error nor its description has the hint', async () => {
      const { error } = await makeMistake(mistake, 'next')
      const { message, description } = error as { message: string; description: string }
      expect(message + description).not.toMatch(word(hint))
    })
  },
)

describe('Hints', () => {
  test('have a test each', () => {
    expect(new Set(MISTAKES.map(({ hint }) => hint))).toEqual(new Set(hintsOfTheSource()))
  })

  test('come with the codes that the documentation says', () => {
    const documented = rowsOf(sectionOf('docs/errors.md', 'Hints')).flatMap((row) =>
      plain(row['with'] ?? '')
        .split(', ')
        .map((code) => `${plain(row['hint'] ?? '')} with ${code}`),
    )
    expect(new Set(MISTAKES.map(({ hint, code }) => `${hint} with ${code}`))).toEqual(new Set(documented))
  })

  test.each([
    ['a good token without the scope', { scope: 'openid' }],
    ['a token that expired long ago', { exp: nowSeconds - 86_400 }],
    ['an issuer that has nothing in common with the trusted one', { iss: 'https://elsewhere.test' }],
    ['an issuer that is no string', { iss: 1 }],
    ['an audience that has nothing in common with the right one', { aud: 'https://elsewhere.test' }],
    ['a claim of the wrong type', { sub: 1 }],
  ])('are not guessed for %s', async (title, claims) => {
    const { error } = await makeMistake(
      { title, hint: 'id_token', status: 401, code: 'ERR_INTERNAL', token: claims },
      'next',
    )
    expect(error).toHaveProperty('code')
    expect((error as { hint?: Hint }).hint).toBeUndefined()
  })

  test('hold nothing of the token', async () => {
    const mistake = MISTAKES.find(({ hint }) => hint === 'audience_trailing_slash')
    const { error, event } = await makeMistake(mistake!, 'next')
    expect(inspect([error, event], { depth: null })).not.toContain(issuer.audience)
  })
})
