/**
 * jose as the oracle: jose accepts whatever this library accepts, and anything that only this
 * library refuses is a listed difference.
 */
import { createSecretKey, randomBytes } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import fc from 'fast-check'
import { createLocalJWKSet, errors, jwtVerify } from 'jose'
import type { JWTVerifyOptions } from 'jose'
import { resourceServer, UnauthorizedError } from 'express-resource-server'
import type { Algorithm, ResourceServer } from 'express-resource-server'
import {
  AUDIENCE,
  clock,
  encode,
  generatePair,
  ISSUER,
  jwks,
  keyPair,
  NOW,
  publicJwk,
  signText,
} from '../support/tokens.js'
import { JOSE_REFUSES, STRICTER } from './differences.js'
import type { Judged } from './differences.js'
import { applyEdits, applyFinalEdit, applyTextEdit, textOf, tokenSpecs } from './token-arbitrary.js'
import type { Member, TokenSpec } from './token-arbitrary.js'

const TOKENS = Number(process.env['DIFFERENTIAL_TOKENS'] ?? 5000)
const SEED = Number(process.env['DIFFERENTIAL_SEED'] ?? 20260101)
const MAX_AGE = 60
const REQUIRED = ['tenant']

interface Signer {
  readonly alg: Algorithm
  readonly kid: string | undefined
  readonly key: KeyObject
}

const secret = randomBytes(64)
const twin = generatePair('ES256')
const odd = generatePair('ES256')
const named = (alg: Algorithm): [string, Signer] => [
  alg,
  { alg, kid: alg.toLowerCase(), key: keyPair(alg).privateKey },
]

const signers: ReadonlyMap<string, Signer> = new Map<string, Signer>([
  ...(['ES256', 'Ed25519', 'RS256', 'PS256', 'ES384', 'ES512', 'ES256K', 'Ed448'] as const).map(named),
  ['no kid', { alg: 'ES256', kid: undefined, key: twin.privateKey }],
  ['odd kid', { alg: 'ES256', kid: 'line\nbreak', key: odd.privateKey }],
  ['secret', { alg: 'HS256', kid: undefined, key: createSecretKey(secret) }],
])

/** Fast signers more often than slow ones. */
const often = [
  'ES256',
  'ES256',
  'ES256',
  'ES256',
  'ES256',
  'Ed25519',
  'Ed25519',
  'no kid',
  'secret',
  ...signers.keys(),
]

const keys = jwks(
  publicJwk('ES256'),
  publicJwk('Ed25519'),
  publicJwk('RS256', { alg: undefined, use: undefined }),
  publicJwk('PS256'),
  publicJwk('ES384'),
  publicJwk('ES512', { use: undefined, key_ops: ['verify'] }),
  publicJwk('ES256K'),
  publicJwk('Ed448'),
  twin.publicKey.export({ format: 'jwk' }),
  { ...odd.publicKey.export({ format: 'jwk' }), kid: 'line\nbreak' },
  publicJwk('ES256', { use: 'enc', kid: 'for encryption' }),
)
const joseKeys = createLocalJWKSet(keys)

function isSymmetric({ signer }: TokenSpec): boolean {
  return signer === 'secret'
}

const servers = new Map<string, ResourceServer>()

/** A server for each setting that a spec may have. */
function serverOf(spec: TokenSpec): ResourceServer {
  const name = [isSymmetric(spec), spec.isAtJwt, spec.hasMaxAge].join()
  const known = servers.get(name)
  if (known) return known
  const server = resourceServer({
    issuer: { issuer: ISSUER, ...(isSymmetric(spec) ? { secret } : { jwks: keys }) },
    audience: AUDIENCE,
    clock,
    profile: spec.isAtJwt ? 'at+jwt' : 'jwt',
    requiredClaims: REQUIRED,
    maxTokenAgeSeconds: spec.hasMaxAge ? MAX_AGE : undefined,
  })
  servers.set(name, server)
  return server
}

async function ourVerdict(token: string, spec: TokenSpec): Promise<string> {
  try {
    await serverOf(spec).verify(token)
    return 'accepted'
  } catch (error) {
    if (error instanceof UnauthorizedError) return error.code
    throw error
  }
}

async function joseVerdict(token: string, spec: TokenSpec): Promise<string> {
  const atJwtClaims = spec.isAtJwt ? ['sub', 'client_id', 'iat', 'jti'] : []
  const options: JWTVerifyOptions = {
    issuer: ISSUER,
    audience: AUDIENCE,
    clockTolerance: 5,
    currentDate: new Date(NOW * 1000),
    requiredClaims: ['exp', ...REQUIRED, ...atJwtClaims],
    ...(spec.isAtJwt && { typ: 'at+jwt' }),
    ...(spec.hasMaxAge && { maxTokenAge: MAX_AGE }),
  }
  try {
    await (isSymmetric(spec) ? jwtVerify(token, secret, options) : jwtVerify(token, joseKeys, options))
    return 'accepted'
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys))
      return (error as { code?: string }).code ?? String(error)
    for await (const key of error) {
      const isOpened = await jwtVerify(token, key, options).then(
        () => true,
        () => false,
      )
      if (isOpened) return 'accepted'
    }
    return error.code
  }
}

function mint(spec: TokenSpec): { token: string; texts: readonly string[] } {
  const signer = signers.get(spec.signer)!
  const header: readonly Member[] = Object.entries({ alg: signer.alg, kid: signer.kid, typ: 'at+jwt' })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, JSON.stringify(value)])
  const claims = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'user-1',
    client_id: 'c',
    jti: 'j',
    iat: NOW,
    exp: NOW + 300,
    tenant: 't',
  }
  const members = Object.entries(claims).map(([name, value]): Member => [name, JSON.stringify(value)])
  const texts = [
    textOf(applyEdits(header, spec.headerEdits)),
    textOf(applyEdits(members, spec.claimEdits)),
  ].map((text, part) => (spec.textEdit?.part === part ? applyTextEdit(text, spec.textEdit) : text))
  const { alg, key } = signers.get(spec.forger ?? spec.signer)!
  const signed = signText(texts.map((text) => encode(text)).join('.'), alg, key)
  return { token: spec.finalEdits.reduce(applyFinalEdit, signed), texts }
}

/** The JSON object in a text, or an empty one. */
function looseJson(text = ''): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text.replace(/^\ufeff/, ''))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

test(`${TOKENS} tokens, seed ${SEED}: the verdicts differ only where they are meant to`, async () => {
  const seen = new Set<string>()
  const counts = { both: 0, neither: 0, stricter: 0, joseRefuses: 0 }
  const judge = async (spec: TokenSpec): Promise<void> => {
    const { token, texts } = mint(spec)
    const [ours, joses] = [await ourVerdict(token, spec), await joseVerdict(token, spec)]
    const judged = { spec, token, texts, header: looseJson(texts[0]), claims: looseJson(texts[1]) } as Judged
    if (ours === 'accepted' && joses === 'accepted') counts.both++
    else if (ours !== 'accepted' && joses !== 'accepted') counts.neither++
    else if (ours === 'accepted') {
      counts.joseRefuses++
      const known = JOSE_REFUSES.find(({ applies }) => applies(judged))
      if (known === undefined)
        throw new Error(`accepted here, refused by jose: ${joses}\n${texts.join('\n')}\n${token}`)
      seen.add(known.because)
    } else {
      counts.stricter++
      const known = STRICTER.filter(({ code, applies }) => code === ours && applies(judged))
      if (known.length === 0)
        throw new Error(`refused here, accepted by jose: ${ours}\n${texts.join('\n')}\n${token}`)
      for (const { because } of known) seen.add(because)
    }
  }
  await fc.assert(fc.asyncProperty(tokenSpecs(often), judge), { numRuns: TOKENS, seed: SEED })
  expect(Math.min(counts.both, counts.neither)).toBeGreaterThan(TOKENS / 5)
  // A difference that no token shows any more must leave the lists.
  const listed = [...STRICTER, ...JOSE_REFUSES].map(({ because }) => because)
  if (TOKENS >= 5000) expect(listed.filter((because) => !seen.has(because))).toEqual([])
})
