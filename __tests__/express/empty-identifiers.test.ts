/** Tokens whose identifiers are empty, as Cloudflare Access writes them for service tokens. */
import { resourceServer } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'

const issuer = createTestIssuer()
const api = resourceServer(issuer.options)
const strict = resourceServer({ ...issuer.options, profile: 'at+jwt' })

describe('An empty identifier', () => {
  test('leaves its place in the principal absent', async () => {
    const principal = await api.verify(
      await issuer.token({ sub: '', jti: '', act: { sub: '', client_id: '' } }),
    )
    expect(principal).not.toHaveProperty('subject')
    expect(principal.actor).toEqual({})
  })

  test.each([
    [{ client_id: '', azp: 'party' }, 'party'],
    [{ client_id: '', azp: '', cid: 'client' }, 'client'],
    [{ client_id: '', azp: '', cid: '', appid: '' }, undefined],
  ])('of the client, in %j, gives way to the next claim: %s', async (claims, expected) => {
    expect((await api.verify(await issuer.token(claims))).clientId).toBe(expected)
  })

  test.each(['sub', 'client_id', 'jti'])('in %s is refused in the profile at+jwt', async (name) => {
    await expect(strict.verify(await issuer.token({ [name]: '' }))).rejects.toMatchObject({
      code: 'ERR_CLAIM_INVALID',
    })
  })
})
