/** A provider on loopback that answers for the provider's own hosts, and tables of its tokens. */
import type { KeyObject } from 'node:crypto'
import type { JWK } from 'jose'
import { resourceServer, ResourceServerError } from 'express-resource-server'
import type {
  Algorithm,
  FetchFunction,
  Hint,
  Principal,
  ResourceServerOptions,
} from 'express-resource-server'
import { start } from '../../support/http.js'
import { generatePair, keyPair, NOW, publicJwk, rawToken } from '../../support/tokens.js'

/** A token as the provider documents it. Its times are added; members that are `undefined` are left out. */
export interface TokenShape {
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

export interface Refusal {
  readonly code: string
  readonly hint?: Hint | undefined
}

export interface Provider {
  /** What the preset returns. */
  readonly issuer: ResourceServerOptions['issuer']
  /** The other options of the server. */
  readonly server: object
  /** The documents, by their URL at the provider. */
  readonly documents: Readonly<Record<string, unknown>>
  readonly accepted: readonly (readonly [title: string, token: TokenShape, principal: Partial<Principal>])[]
  readonly refused: readonly (readonly [title: string, token: TokenShape, refusal: Refusal])[]
}

export const KID = 'key-1'

/** The provider's key as it publishes it: some leave out `alg`, others add members. */
export function publishedKey(members: object = {}, algorithm: Algorithm = 'RS256'): JWK {
  return publicJwk(algorithm, { kid: KID, ...members })
}

/** A good token's header and claims with changes. */
export function changed(token: TokenShape, claims: object, header: object = {}): TokenShape {
  return { header: { ...token.header, ...header }, claims: { ...token.claims, ...claims } }
}

export const clock = { epochMs: (): number => NOW * 1000 }

/** Signed with the key of the header's `alg`, RS256 by default. */
export function mint({ header, claims }: TokenShape): string {
  const algorithm = algorithmOf(header)
  return rawToken({
    header: { alg: 'RS256', kid: KID, typ: 'JWT', ...header },
    payload: { iat: NOW - 10, exp: NOW + 3600, ...claims },
    algorithm,
    key: keyPair(algorithm).privateKey,
  })
}

/** What signs a token whose header names it. Nobody gets so far as to check a MAC. */
function algorithmOf(header: TokenShape['header']): Algorithm {
  const alg = (header?.['alg'] ?? 'RS256') as Algorithm
  return alg.startsWith('HS') ? 'RS256' : alg
}

const strangers = new Map<Algorithm, KeyObject>()

/** A token with a header that names the provider's key, signed by another one. */
export function forge({ header, claims }: TokenShape): string {
  const algorithm = algorithmOf(header)
  const key =
    strangers.get(algorithm) ?? generatePair(/^[RP]S/.test(algorithm) ? 'RSA' : algorithm).privateKey
  strangers.set(algorithm, key)
  return rawToken({
    header: { alg: 'RS256', kid: KID, typ: 'JWT', ...header },
    payload: { iat: NOW - 10, exp: NOW + 3600, ...claims },
    algorithm,
    key,
  })
}

/** Sends requests for any host to a server on loopback, which has these documents and no other. */
export async function providerFetch(documents: Provider['documents']): Promise<FetchFunction> {
  const { url } = await start((req, res) => {
    const asked = `https:/${req.url ?? ''}`
    if (!Object.hasOwn(documents, asked)) return void res.writeHead(404).end()
    res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(documents[asked]))
  })
  return (asked, init) => {
    const { host, pathname, search } = new URL(asked)
    return fetch(`${url}/${host}${pathname}${search}`, init)
  }
}

/** Tests each token of the table against one server, whose keys come from the provider. */
export function testTokens(name: string, provider: Provider): void {
  describe(name, () => {
    let api: ReturnType<typeof resourceServer>

    beforeAll(async () => {
      const { issuer, server, documents } = provider
      const fetch = await providerFetch(documents)
      api = resourceServer({ issuer, clock, fetch, ...server } as ResourceServerOptions)
    })

    afterAll(() => api.close())

    test.each(provider.accepted)('accepts %s', async (_title, token, principal) => {
      expect(await api.verify(mint(token))).toMatchObject(principal)
      await expect(api.verify(forge(token))).rejects.toMatchObject({ code: 'ERR_SIGNATURE_INVALID' })
    })

    test.each(provider.refused)('refuses %s', async (_title, token, { code, hint }) => {
      const error: unknown = await api.verify(mint(token)).catch((caught: unknown) => caught)
      expect(error).toBeInstanceOf(ResourceServerError)
      const refusal = error as ResourceServerError
      expect({ code: refusal.code, hint: refusal.hint }).toEqual({ code, hint })
    })
  })
}

/** Tests that each wrong input throws a ConfigurationError whose message matches. */
export function testMistakes(
  make: (options: never) => unknown,
  mistakes: readonly (readonly [title: string, options: unknown, message: string | RegExp])[],
): void {
  test.each(mistakes)('%s is refused, and the message says what to write', (_title, options, message) => {
    expect(() => make(options as never)).toThrow(expect.objectContaining({ code: 'ERR_CONFIGURATION' }))
    expect(() => make(options as never)).toThrow(message)
  })
}
