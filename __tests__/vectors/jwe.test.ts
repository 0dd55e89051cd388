import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { JWK } from 'jose'
import { ConfigurationError, UnauthorizedError } from 'express-resource-server'
import { jwe } from 'express-resource-server/jwe'
import { parseCompactJwe } from '../../lib/jwe/compact-jwe.js'
import { Decryptor } from '../../lib/jwe/decryptor.js'
import { parseJweOptions } from '../../lib/jwe/options.js'
import { verdict } from '../support/tokens.js'
import { readJson, withVectors } from './published.js'

/** The plaintext as hex; a code if the token or its key is refused. */
async function decrypted(token: unknown, key: JWK): Promise<string> {
  try {
    const { keys, algorithms, encryptions } = parseJweOptions({ keys: [key] })
    const gates = { algorithms: new Set<string>(algorithms), encryptions: new Set<string>(encryptions) }
    const parsed = parseCompactJwe(typeof token === 'string' ? token : JSON.stringify(token), gates)
    return Buffer.from(await new Decryptor(keys).decrypt(parsed, 100_000)).toString('hex')
  } catch (error) {
    if (error instanceof UnauthorizedError || error instanceof ConfigurationError) return error.code
    throw error
  }
}

interface Vector {
  readonly tcId: number
  readonly comment: string
  readonly jwe: unknown
  readonly pt?: string
  readonly result: 'valid' | 'invalid'
}

interface Group {
  readonly comment: string
  readonly private: JWK
  readonly tests: readonly Vector[]
}

withVectors('wycheproof', (folder) => {
  const groups: readonly Group[] = readJson(folder, 'json_web_encryption_test.json').testGroups
  const rows = groups.flatMap((group) => group.tests.map((each) => [each.tcId, each, group] as const))

  describe('Wycheproof json_web_encryption_test.json', () => {
    test.each(
      rows.map(([tcId, each, group]) => [tcId, `${group.comment} ${each.comment}`, each, group.private]),
    )('%d: %s', async (_tcId, _title, { jwe: token, pt, result }, key) => {
      const isAccepted = result === 'valid' && key.alg !== 'RSA1_5'
      const outcome = await decrypted(token, key)
      if (isAccepted) expect(outcome).toBe(pt ?? '')
      else expect(outcome).toMatch(/^ERR_/)
    })
  })
})

withVectors('rfc', (root) => {
  const cookbook = join(root, 'rfc7520-cookbook')
  const files = readdirSync(join(cookbook, 'jwe')).filter((file) => file.endsWith('.json'))

  describe('RFC 7520 §5', () => {
    test.each(files)('%s', async (file) => {
      const { input, output } = readJson(join(cookbook, 'jwe'), file)
      const { compact } = output
      const key = input.key ?? input.keys?.[0]
      if (compact === undefined) return expect(await decrypted(output.json, key)).toMatch(/^ERR_/)
      const isRefused = /^(?:RSA1_5|PBES2)/.test(input.alg)
      const outcome = await decrypted(compact, typeof key === 'string' ? { kty: 'oct', k: '' } : key)
      if (isRefused) return expect(outcome).toMatch(/^ERR_/)
      return expect(outcome).toBe(Buffer.from(input.plaintext).toString('hex'))
    })
  })

  test('RFC 7520 §6: the nested token as an access token of its time', async () => {
    const { sign, encrypt } = readJson(cookbook, '6.nesting_signatures_and_encryption.json')
    const { kty, n, e, kid } = sign.input.key
    const at = (seconds: number, key: JWK = encrypt.input.key): object => ({
      issuer: { issuer: 'hobbiton.example', jwks: { keys: [{ kty, n, e, kid }] } },
      audience: undefined,
      dangerouslyAcceptAnyAudience: true,
      decryption: jwe({ keys: [key] }),
      clock: { epochMs: () => seconds * 1000 },
    })
    const token = encrypt.output.compact
    expect(await verdict(token, at(1300819379))).toBe('accepted')
    expect(await verdict(token, at(1300819385))).toBe('ERR_TOKEN_EXPIRED')
    const { d, p, q, dp, dq, qi } = sign.input.key
    const other = { kty, n, e, d, p, q, dp, dq, qi }
    expect(await verdict(token, at(1300819379, other))).toMatch(/^ERR_DECRYPTION/)
  })
})
