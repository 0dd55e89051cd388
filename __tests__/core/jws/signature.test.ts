import { createHmac, randomBytes } from 'node:crypto'
import { UnauthorizedError } from 'express-resource-server'
import type { Algorithm } from '../../../lib/core/jws/algorithms.js'
import { parseCompactJws } from '../../../lib/core/jws/compact-jws.js'
import { HeaderReader } from '../../../lib/core/jws/jose-header.js'
import type { UnverifiedJws } from '../../../lib/core/jws/compact-jws.js'
import { toVerificationKey } from '../../../lib/core/jws/verification-key.js'
import type { VerificationKey } from '../../../lib/core/jws/verification-key.js'
import { verifySignature } from '../../../lib/core/jws/signature.js'
import { asymmetric } from '../../support/algorithms.js'
import {
  encode,
  generatePair,
  keyPair,
  publicJwk,
  rawToken,
  trusting,
  verdict,
} from '../../support/tokens.js'

function keyOf(jwk: unknown): VerificationKey {
  const key = toVerificationKey(jwk)
  if (typeof key === 'string') throw new Error(key)
  return key
}

/** The public half of a key that signed nothing. */
function otherKey(algorithm: Algorithm): VerificationKey {
  return keyOf(generatePair(algorithm).publicKey.export({ format: 'jwk' }))
}

function parse(token: string): UnverifiedJws {
  return parseCompactJws(token, {
    maxTokenBytes: 100_000,
    headers: new HeaderReader(new Set([...asymmetric, 'EdDSA', 'HS256'])),
  })
}

describe('verifySignature', () => {
  const allowed = new Set(asymmetric)
  const jws = parse(rawToken())

  test('gives the JWS and the key that it holds under, in the same tick', () => {
    const key = keyOf(publicJwk('ES256'))
    expect(verifySignature(jws, [key], allowed)).toEqual({ ...jws, key })
  })

  test('freezes header and claims, which a forged token is not worth', () => {
    const forged = parse(rawToken({ payload: { groups: ['a'] }, header: { alg: 'ES256', x: {} } }))
    expect(() => verifySignature(forged, [otherKey('ES256')], allowed)).toThrow(UnauthorizedError)
    const parts = [
      forged.claims,
      forged.claims?.['groups'],
      forged.header.members,
      forged.header.members['x'],
    ]
    expect(parts.some(Object.isFrozen)).toBe(false)
    void verifySignature(forged, [keyOf(publicJwk('ES256'))], allowed)
    expect(parts.every(Object.isFrozen)).toBe(true)
  })

  test('tries the keys in order until one holds', () => {
    const key = keyOf(publicJwk('ES256'))
    const keys = [otherKey('ES256'), keyOf(publicJwk('Ed25519')), key, otherKey('ES256')]
    expect(verifySignature(jws, keys, allowed)).toMatchObject({ key })
  })

  test('tries them in order also when each answer comes from the thread pool', async () => {
    const key = keyOf(publicJwk('ES384'))
    const verified = verifySignature(
      parse(rawToken({ algorithm: 'ES384' })),
      [otherKey('ES384'), key],
      allowed,
    )
    expect(verified).toBeInstanceOf(Promise)
    await expect(verified).resolves.toMatchObject({ key })
  })

  test('rejects when none in the thread pool holds', async () => {
    const token = parse(rawToken({ algorithm: 'ES384' }))
    await expect(verifySignature(token, [otherKey('ES384')], allowed)).rejects.toMatchObject({
      code: 'ERR_SIGNATURE_INVALID',
    })
  })

  test.each<[string, readonly VerificationKey[], ReadonlySet<Algorithm>]>([
    ['there are no keys', [], allowed],
    ['the key is another', [otherKey('ES256')], allowed],
    ['the key is for another algorithm', [keyOf(publicJwk('Ed25519'))], allowed],
    [
      'the algorithm is not allowed, though the key is right',
      [keyOf(publicJwk('ES256'))],
      new Set(['RS256']),
    ],
    ['nothing is allowed', [keyOf(publicJwk('ES256'))], new Set()],
  ])('refuses when %s', (_title, keys, algorithms) => {
    expect(() => verifySignature(jws, keys, algorithms)).toThrow(UnauthorizedError)
  })

  test.each<[string, Algorithm, string]>([
    ['EdDSA', 'Ed25519', 'EdDSA'],
    ['EdDSA', 'Ed448', 'EdDSA'],
    ['Ed25519', 'Ed25519', 'EdDSA'],
    ['EdDSA', 'Ed25519', 'Ed25519'],
  ])('header %s, key of %s with alg %s: the two names are one', async (alg, algorithm, jwkAlg) => {
    const token = rawToken({ algorithm, header: { alg } })
    expect(await verdict(token, trusting(publicJwk(algorithm, { alg: jwkAlg })))).toBe('accepted')
  })

  test('EdDSA does not stretch Ed25519 in the allow-list to Ed448', async () => {
    const token = rawToken({ algorithm: 'Ed448', header: { alg: 'EdDSA' } })
    const trust = { ...trusting(publicJwk('Ed448')), algorithms: ['Ed25519'] }
    expect(await verdict(token, trust)).toBe('ERR_SIGNATURE_INVALID')
  })
})

describe('key confusion', () => {
  const RSA = 'RS256'

  /** Every text or binary in which an attacker may hold the public key, as the secret of an HMAC. */
  function secretsOf(algorithm: Algorithm): Record<string, Buffer> {
    const { publicKey } = keyPair(algorithm)
    const jwk = publicJwk(algorithm)
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const texts: Record<string, string | Buffer> = {
      'SPKI PEM': pem,
      'SPKI PEM, trimmed': pem.trim(),
      'SPKI PEM with CRLF': pem.replaceAll('\n', '\r\n'),
      'SPKI PEM behind a line break': `\n${pem}`,
      'SPKI PEM on one line': pem.replaceAll('\n', ''),
      'SPKI DER': publicKey.export({ type: 'spki', format: 'der' }),
      'the JWK as served': JSON.stringify(jwk),
      'the JWK as its thumbprint hashes it': canonical(jwk as Record<string, string>),
      'the first public number as text': jwk.n ?? jwk.x ?? '',
      'the first public number': Buffer.from(jwk.n ?? jwk.x ?? '', 'base64url'),
      nothing: '',
      'the kid': jwk.kid!,
      'the word secret': 'secret',
      ...(jwk.kty === 'RSA' && {
        'PKCS#1 PEM': publicKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
      }),
      ...(jwk.kty === 'EC' && {
        'the point': Buffer.concat([
          Buffer.of(4),
          Buffer.from(jwk.x!, 'base64url'),
          Buffer.from(jwk.y!, 'base64url'),
        ]),
      }),
    }
    return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)]))
  }

  function canonical(jwk: Record<string, string>): string {
    const required = ['crv', 'e', 'kty', 'n', 'x', 'y'].filter((name) => name in jwk)
    return JSON.stringify(Object.fromEntries(required.map((name) => [name, jwk[name]])))
  }

  function macToken(alg: string, kid: string, key: Buffer): string {
    const input = `${encode({ alg, kid, typ: 'at+jwt' })}.${rawToken().split('.')[1]!}`
    return `${input}.${encode(
      createHmac(`sha${alg.slice(2)}`, key)
        .update(input)
        .digest(),
    )}`
  }

  const rows = ([RSA, 'ES256', 'Ed25519'] as const).flatMap((algorithm) =>
    Object.entries(secretsOf(algorithm)).map(([name, key]) => [algorithm, name, key] as const),
  )
  test.each(rows)('%s key, %s as the secret of an HMAC: refused', async (algorithm, _name, key) => {
    const { alg: _alg, ...noAlg } = publicJwk(algorithm)
    const withSecret = { issuer: 'https://other.test', secret: randomBytes(64) }
    const beside = { issuer: [{ issuer: 'https://issuer.test', jwks: { keys: [noAlg] } }, withSecret] }
    for (const alg of ['HS256', 'HS384', 'HS512']) {
      const token = macToken(alg, algorithm.toLowerCase(), key)
      for (const options of [trusting(publicJwk(algorithm)), trusting(noAlg), beside]) {
        expect(await verdict(token, options)).toBe('ERR_ALGORITHM_NOT_ALLOWED')
      }
    }
  })

  test('an asymmetric token for an issuer with a secret is refused', async () => {
    const issuer = { issuer: 'https://issuer.test', secret: randomBytes(64) }
    const beside = { issuer: 'https://other.test', jwks: { keys: [publicJwk('ES256')] } }
    expect(await verdict(rawToken(), { issuer: [issuer, beside] })).toBe('ERR_ALGORITHM_NOT_ALLOWED')
  })

  test.each(asymmetric)('a public key of %s has no check for HMAC', (algorithm) => {
    const names = [
      ...keyOf(
        publicJwk(algorithm, { alg: algorithm.startsWith('ML') ? algorithm : undefined }),
      ).checks.keys(),
    ]
    expect(names).toContain(algorithm)
    expect(names.filter((name) => name.startsWith('HS'))).toEqual([])
  })
})
