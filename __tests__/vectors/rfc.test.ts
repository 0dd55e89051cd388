import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { JWK } from 'jose'
import { toVerificationKey } from '../../lib/core/jws/verification-key.js'
import { AUDIENCE, verdict } from '../support/tokens.js'
import { opened, publishedKeys, readJson, sharedSecrets, withVectors } from './published.js'

withVectors('rfc', (root) => {
  const cookbook = join(root, 'rfc7520-cookbook')
  const signed: readonly any[] = readJson(root, 'rfc7515-8037-jws.json').vectors

  describe('RFC 7515 appendix A and RFC 8037 appendix A', () => {
    test.each(signed.map((vector) => [vector.name, vector.jws, vector.jwk, vector.expect]))(
      '%s',
      async (_name, jws, jwk, expected) => {
        const keys = jwk === undefined ? publishedKeys({}) : (sharedSecrets(jwk) ?? publishedKeys(jwk))
        expect((await opened(jws, keys, true)) !== undefined).toBe(expected !== 'refuse')
      },
    )

    test.each(signed.filter(({ jwk, name }) => jwk?.kty !== undefined && /A\.[123]$/.test(name)))(
      '$name as an access token of its time',
      async ({ jws, jwk }) => {
        const keys =
          jwk.kty === 'oct' ? { secret: Buffer.from(jwk.k, 'base64url') } : { jwks: { keys: [jwk as JWK] } }
        const changes = {
          issuer: { issuer: 'joe', ...keys },
          audience: undefined,
          dangerouslyAcceptAnyAudience: true,
        }
        const at = (seconds: number): object => ({ ...changes, clock: { epochMs: () => seconds * 1000 } })
        expect(await verdict(jws, at(1300819379))).toBe('accepted')
        expect(await verdict(jws, at(1300819385))).toBe('ERR_TOKEN_EXPIRED')
        expect(
          await verdict(jws, { ...at(1300819379), audience: AUDIENCE, dangerouslyAcceptAnyAudience: false }),
        ).toBe('ERR_CLAIM_MISSING')
        expect(await verdict(jws, { ...at(1300819379), profile: 'at+jwt' })).toBe('ERR_TOKEN_TYPE')
      },
    )
  })

  describe('RFC 7520', () => {
    test.each([
      ['3_1.ec_public_key.json', 'usable'],
      ['3_2.ec_private_key.json', 'private_key'],
      ['3_3.rsa_public_key.json', 'usable'],
      ['3_4.rsa_private_key.json', 'private_key'],
      ['3_5.symmetric_key_mac_computation.json', 'symmetric_key'],
      ['3_6.symmetric_key_encryption.json', 'symmetric_key'],
    ])('%s: %s', (file, expected) => {
      const key = toVerificationKey(readJson(join(cookbook, 'jwk'), file))
      expect(typeof key === 'string' ? key : 'usable').toBe(expected)
    })

    test.each([
      ['jws', '4_1.rsa_v15_signature.json'],
      ['jws', '4_2.rsa-pss_signature.json'],
      ['jws', '4_3.ecdsa_signature.json'],
      ['jws', '4_4.hmac-sha2_integrity_protection.json'],
      ['curve25519', 'jws.json'],
    ])('%s/%s opens with its payload', async (place, file) => {
      const { input, output } = readJson(join(cookbook, place), file)
      const secrets = sharedSecrets(input.key)
      expect(await opened(output.compact, secrets ?? publishedKeys(publicOf(input.key)), true)).toBe(
        input.payload,
      )
    })

    const unreadable = ['jws', 'rfc7797'].flatMap((place) =>
      readdirSync(join(cookbook, place)).map((file) => [place, file] as const),
    )
    test.each(unreadable)(
      '%s/%s: its JSON serializations, detached and unencoded forms are refused',
      async (place, file) => {
        const { input, output } = readJson(join(cookbook, place), file)
        const keys = Array.isArray(input.key) ? { keys: input.key } : input.key
        const { compact, ...forms } = output
        const isOrdinary = compact !== undefined && /^4_[1-4]/.test(file)
        for (const form of [...Object.values(forms), ...(isOrdinary ? [] : [compact ?? ''])]) {
          for (const index of [sharedSecrets(keys), publishedKeys(keys)]) {
            if (index !== undefined) expect(await opened(form, index, true)).toBeUndefined()
          }
        }
      },
    )
  })

  const thumbprints: readonly any[] = readJson(root, 'rfc7638-thumbprint.json').vectors
  test.each(thumbprints)('the thumbprint of $name', ({ jwk, thumbprint_sha256: expected }) => {
    const key = toVerificationKey(jwk)
    expect(typeof key === 'object' && JSON.parse(key.identity)[0]).toBe(expected)
  })

  function publicOf({ d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...jwk }: any): any {
    return jwk
  }
})
