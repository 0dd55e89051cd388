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
