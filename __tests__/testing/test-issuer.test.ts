/** Wrong options of the test issuer are refused when it is made. */
import { OAuthMetadataSchema } from '@modelcontextprotocol/sdk/shared/auth.js'
import { ConfigurationError } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'

test.each([Date.now, { now: () => 1 }, 5])('a clock that is none is refused: %p', (clock) => {
  expect(() => createTestIssuer({ clock: clock as never })).toThrow(ConfigurationError)
})

test.each([new Map([['sub', 'ada']]), 'sub', [{}]])(
  'claims for the token endpoint are a plain object, not %p',
  async (claims) => {
    await expect(createTestIssuer().listen({ claims: claims as never })).rejects.toThrow(
      /^listen\.claims: must be/,
    )
  },
)

test('the metadata offer the one grant that there is, in a form that clients accept', async () => {
  const server = await createTestIssuer().listen()
  const document: unknown = await (
    await fetch(`${server.issuer}/.well-known/oauth-authorization-server`)
  ).json()
  expect(document).toMatchObject({
    grant_types_supported: ['client_credentials'],
    token_endpoint: `${server.issuer}/token`,
  })
  expect(OAuthMetadataSchema.safeParse(document).success).toBe(true)
  await server.close()
})

async function answerTo(claims: Record<string, unknown>, form: Record<string, string> = {}): Promise<any> {
  const server = await createTestIssuer().listen({ claims })
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...form })
  const answer: any = await (await fetch(`${server.issuer}/token`, { method: 'POST', body })).json()
  await server.close()
  const [, payload = ''] = answer.access_token.split('.')
  return { answer, claims: JSON.parse(Buffer.from(payload, 'base64url').toString()) }
}

test.each([[['a', 'b']], [null], [7], [{ a: 1 }]])(
  'a scope of %j is a claim of the token, but no member of the answer',
  async (scope) => {
    const { answer, claims } = await answerTo({ scope })
    expect(claims.scope).toEqual(scope)
    expect(Object.keys(answer)).toEqual(['access_token', 'token_type', 'expires_in'])
  },
)

test.each([
  [
    'sub of the claims beside a client_id',
    { sub: 'ada' },
    { client_id: 'w' },
    { sub: 'ada', client_id: 'w' },
  ],
  ['client_id without a sub', {}, { client_id: 'w' }, { sub: 'w', client_id: 'w' }],
  ['neither', {}, {}, { sub: 'user-1', client_id: 'client-1' }],
  ['undefined', { sub: undefined, client_id: undefined }, {}, {}],
])(
  'tokens from the endpoint have the subject and client of the claims: %s',
  async (_, given, form, expected) => {
    const { sub, client_id } = (await answerTo(given, form)).claims
    expect({ sub, client_id }).toEqual({ sub: undefined, client_id: undefined, ...expected })
  },
)

test('an exp of the claims is replaced', async () => {
  const { exp, iat } = (await answerTo({ exp: 1 })).claims
  expect(exp - iat).toBe(300)
})

test('claims that are no JSON are refused by listen(), not by the endpoint', async () => {
  const listening = createTestIssuer().listen({ claims: { n: 1n } })
  await expect(listening).rejects.toThrow(ConfigurationError)
  await expect(listening).rejects.toThrow(/^listen\.claims: must be JSON, without a bigint/)
})
