/** Signed answers. RFC 9701. */
import { generatePair } from '../support/key-pairs.js'
import { raw, active, CLIENT, issuer, nowSeconds, startWorld } from './support/endpoint.js'
import type { Reply } from './support/endpoint.js'

const MEDIA_TYPE = 'application/token-introspection+jwt'
const UNAVAILABLE = { status: 503, challenge: undefined }

interface Parts {
  readonly header?: Record<string, unknown>
  readonly claims?: Record<string, unknown>
  readonly answer?: object | undefined
  readonly key?: Parameters<typeof issuer.token>[0] extends infer T
    ? T extends { key?: infer K }
      ? K
      : never
    : never
}

const signed = ({ header = {}, claims = {}, answer = active(), key }: Parts = {}): Promise<string> =>
  issuer.token({
    header: { typ: 'token-introspection+jwt', ...header },
    key,
    aud: CLIENT.id,
    iat: nowSeconds(),
    exp: undefined,
    sub: undefined,
    jti: undefined,
    client_id: undefined,
    scope: undefined,
    token_introspection: answer,
    ...claims,
  })

const sending = (body: string, mediaType: string = MEDIA_TYPE): Reply =>
  raw(200, body, { 'content-type': mediaType })

async function ask(reply: Reply) {
  const world = await startWorld({ jwt: true })
  world.endpoint.reply(reply)
  return { ...(await world.ask({ token: 't' })), world }
}

test.each([
  ['aud is the client', {}],
  ['aud is the API', { claims: { aud: issuer.audience } }],
  ['several audiences', { claims: { aud: ['x', CLIENT.id] } }],
  ['typ as a media type in another case', { header: { typ: 'Application/Token-Introspection+JWT' } }],
])('a signed answer is accepted and asked for: %s', async (_, parts: Parts) => {
  const { status, world } = await ask(sending(await signed(parts)))
  expect(status).toBe(200)
  expect(world.endpoint.asked[0]?.headers.accept).toBe(MEDIA_TYPE)
})

test('a charset after the media type does not matter', async () => {
  expect((await ask(sending(await signed(), `${MEDIA_TYPE}; charset=utf-8`))).status).toBe(200)
})

test('a signed answer about an inactive token is 401, and its claims are judged', async () => {
  expect((await ask(sending(await signed({ answer: { active: false } })))).status).toBe(401)
  expect((await ask(sending(await signed({ answer: active({ aud: 'https://x.test' }) })))).status).toBe(401)
})

const stranger = generatePair('rsa', { modulusLength: 2048 }).privateKey

test.each<[string, Parts]>([
  ['[INT-033] by a wrong key', { key: stranger }],
  ['[INT-033] of a wrong iss', { claims: { iss: 'https://elsewhere.test' } }],
  ['[INT-033] without iss', { claims: { iss: undefined } }],
  ['[INT-033] for a wrong aud', { claims: { aud: 'somebody' } }],
  ['[INT-033] without aud', { claims: { aud: undefined } }],
  ['[INT-033] of another typ', { header: { typ: 'JWT' } }],
  ['[INT-033] with the typ of an access token', { header: { typ: 'at+jwt' } }],
  ['[INT-033] without typ', { header: { typ: undefined } }],
  ['[INT-033] alg none', { header: { alg: 'none' } }],
  ['[INT-033] alg of another family', { header: { alg: 'HS256' } }],
  ['without iat', { claims: { iat: undefined } }],
  ['with iat of the wrong type', { claims: { iat: '1' } }],
  ['made long ago', { claims: { iat: nowSeconds() - 3600 } }],
  ['made in the future', { claims: { iat: nowSeconds() + 3600 } }],
  ['that has expired', { claims: { exp: nowSeconds() - 10 } }],
  ['that is not valid yet', { claims: { nbf: nowSeconds() + 600 } }],
  ['with exp of the wrong type', { claims: { exp: null } }],
  ['with nbf of the wrong type', { claims: { nbf: '1' } }],
  ['without token_introspection', { claims: { token_introspection: undefined } }],
  ['with token_introspection that is no object', { claims: { token_introspection: 'active' } }],
  ['without active', { answer: { sub: 'x' } }],
  ['with active outside', { answer: { sub: 'x' }, claims: { active: true } }],
])('a signed answer is refused: %s → 503', async (_, parts) => {
  expect(await ask(sending(await signed(parts)))).toMatchObject(UNAVAILABLE)
})

test('a signed answer may state how long it is good, and concerns one token if that has passed', async () => {
  const world = await startWorld({ jwt: true, negativeSeconds: 0 })
  const send = async (claims: Record<string, unknown>, token: string) => {
    world.endpoint.reply(sending(await signed({ claims })))
    return (await world.ask({ token })).status
  }
  for (const token of ['1', '2', '3']) expect(await send({ exp: nowSeconds() - 10 }, token)).toBe(503)
  expect(world.api.health().introspection).toMatchObject({ status: 'up', consecutiveFailures: 0 })
  expect(await send({ exp: nowSeconds() + 10, nbf: nowSeconds() }, '4')).toBe(200)
})

test('a signed answer that has expired with its token still says that the token is inactive', async () => {
  const answer = await signed({ answer: { active: false }, claims: { exp: nowSeconds() - 10 } })
  expect(await ask(sending(answer))).toMatchObject({ status: 401 })
})

test('[INT-033] a plain answer is refused where a signed one is asked for → 503', async () => {
  expect(await ask(active())).toMatchObject(UNAVAILABLE)
  expect(await ask(sending(JSON.stringify(active())))).toMatchObject(UNAVAILABLE)
  expect(await ask(sending(await signed(), 'application/json'))).toMatchObject(UNAVAILABLE)
})

test('a signed answer is refused where none is asked for → 503', async () => {
  const world = await startWorld()
  world.endpoint.reply(sending(await signed()))
  expect(await world.ask({ token: 't' })).toMatchObject(UNAVAILABLE)
})

test('a signed answer is never an access token', async () => {
  const world = await startWorld({ jwt: true })
  const answer = await signed({
    claims: { aud: issuer.audience, exp: nowSeconds() + 300, scope: 'read', sub: 'x' },
  })
  world.endpoint.reply(active())
  expect((await world.ask({ token: answer })).status).toBe(401)
  expect(world.endpoint.asked).toEqual([])
})

test('a signed answer may be larger than an access token', async () => {
  const answer = active({ groups: Array.from({ length: 1500 }, (_, i) => `group-${i}-${'x'.repeat(20)}`) })
  expect((await ask(sending(await signed({ answer })))).status).toBe(200)
})
