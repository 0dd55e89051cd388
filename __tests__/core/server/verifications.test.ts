/** `purge()` and `close()` while tokens are being verified, and the errors of those who wait together. */
import { resourceServer } from 'express-resource-server'
import type { IssuerOptions, StandardSchema } from 'express-resource-server'
import { createTestIssuer } from 'express-resource-server/testing'
import { sourceCount } from '../../../lib/core/keys/registry.js'
import { HeaderReader } from '../../../lib/core/jws/jose-header.js'
import { Verifications } from '../../../lib/core/server/verifications.js'
import { jwsVerifier } from '../../../lib/core/token/jws-verifier.js'
import { whileTrusted } from '../../../lib/core/token/while-trusted.js'
import { Harness } from '../../support/key-harness.js'
import { faults } from '../../support/key-server.js'

const harness = new Harness()
afterEach(() => harness.close())

const issuer = createTestIssuer()

/** A schema that waits until the test lets it go on; each run is noted. */
class SlowSchema {
  readonly runs: (() => void)[] = []
  #started = (): void => undefined
  readonly claims: StandardSchema<object> = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) =>
        new Promise((resolve) => {
          this.runs.push(() => {
            resolve({ value: value as object })
          })
          this.#started()
        }),
    },
  }

  release(): void {
    for (const run of this.runs.splice(0)) run()
  }

  /** Resolves when the schema runs. */
  async run(): Promise<void> {
    if (this.runs.length === 0) await new Promise<void>((resolve) => (this.#started = resolve))
  }
}

async function codeOf(result: Promise<unknown>): Promise<string> {
  return result.then(
    () => 'accepted',
    (error: unknown) => (error as { code: string }).code,
  )
}

describe('purge()', () => {
  test('ends trust for a verification that is pending, and for requests sent meanwhile', async () => {
    const schema = new SlowSchema()
    const server = await harness.keyServer()
    const api = harness.api(server, {}, { claims: schema.claims } as object)
    await api.ready()
    const token = server.token()
    const before = codeOf(api.verify(token))
    await schema.run()
    server.rotate()
    api.purge()
    const after = codeOf(api.verify(token))
    schema.release()
    expect([await before, await after]).toEqual(['ERR_KEYS_UNAVAILABLE', 'ERR_KEY_UNKNOWN'])
  })

  test('by another server that shares the keys ends it as well', async () => {
    const schema = new SlowSchema()
    const server = await harness.keyServer()
    const api = harness.api(server, {}, { claims: schema.claims } as object)
    const other = harness.api(server)
    await api.ready()
    const pending = codeOf(api.verify(server.token()))
    await schema.run()
    server.rotate()
    other.purge()
    schema.release()
    expect(await pending).toBe('ERR_KEY_UNKNOWN')
  })

  test('ends what waits for keys or for a schema, each with an error of its own', async () => {
    const schema = new SlowSchema()
    const server = await harness.keyServer()
    const api = harness.api(server, {}, { claims: schema.claims } as object)
    await api.ready()
    const token = server.token()
    const pending = [token, token].map((each) => api.verify(each).catch((error: unknown) => error))
    await schema.run()
    api.purge()
    const errors = await Promise.all(pending)
    expect(errors).toMatchObject(Array(2).fill({ code: 'ERR_KEYS_UNAVAILABLE', status: 503 }))
    expect(new Set(errors).size).toBe(2)
    schema.runs.length = 0
    const after = codeOf(api.verify(token))
    await schema.run()
    schema.release()
    expect(await after).toBe('accepted')
  })

  test('of one issuer leaves the verifications of others alone', async () => {
    const schema = new SlowSchema()
    const servers = [await harness.keyServer(), await harness.keyServer()] as const
    const issuer = servers.map((each) => ({ issuer: each.issuer, jwksUri: each.jwksUri }))
    const api = harness.api(servers[0], {}, { issuer, claims: schema.claims } as object)
    await api.ready()
    const pending = servers.map((each) => codeOf(api.verify(each.token())))
    await schema.run()
    api.purge({ issuer: servers[0].issuer })
    schema.release()
    expect(await Promise.all(pending)).toEqual(['ERR_KEYS_UNAVAILABLE', 'accepted'])
  })

  test('ends verifications of tokens that name no issuer', async () => {
    const verifications = new Verifications(() => new Promise(() => undefined))
    const pending = ['opaque', 'a.b.c', `e30.${Buffer.from('{}').toString('base64url')}.e30`].map((token) =>
      codeOf(Promise.resolve(verifications.verify(token))),
    )
    verifications.purge(new Set(['https://issuer.test']))
    expect(await Promise.all(pending)).toEqual(Array(3).fill('ERR_KEYS_UNAVAILABLE'))
  })
})

describe('close()', () => {
  test('ends what is pending, each with an error of its own', async () => {
    const schema = new SlowSchema()
    const api = resourceServer({ ...issuer.options, claims: schema.claims })
    const tokens = [await issuer.token(), await issuer.token()]
    const pending = [...tokens, tokens[0]!].map((token) => api.verify(token).catch((error: unknown) => error))
    await schema.run()
    api.close()
    const errors = await Promise.all(pending)
    expect(errors).toMatchObject(Array(3).fill({ code: 'ERR_CLOSED', status: 503 }))
    expect(new Set(errors).size).toBe(3)
  })

  test('before a resolver answers leaves no key source behind', async () => {
    const sources = sourceCount()
    let answer: (options: IssuerOptions) => void = () => undefined
    const resolve = (): Promise<IssuerOptions> => new Promise((done) => (answer = done))
    const api = resourceServer({ issuer: resolve, audience: issuer.audience })
    const pending = codeOf(api.verify(await issuer.token()))
    await Promise.resolve()
    api.close()
    expect(await pending).toBe('ERR_CLOSED')
    answer({ issuer: issuer.issuer, jwksUri: 'https://login.test/keys' })
    await new Promise((done) => setImmediate(done))
    expect(sourceCount()).toBe(sources)
  })

  test('a new issuer is 503 afterwards, and the resolver is not asked', async () => {
    let asked = 0
    const resolve = (): IssuerOptions => {
      asked++
      return { issuer: issuer.issuer, jwks: issuer.jwks }
    }
    const api = resourceServer({ issuer: resolve, audience: issuer.audience })
    api.close()
    expect(await codeOf(api.verify(await issuer.token()))).toBe('ERR_CLOSED')
    expect(asked).toBe(0)
  })
})

describe('Those who wait together get an error each', () => {
  async function errorsOf(api: { verify(token: string): Promise<unknown> }, tokens: string[]) {
    return Promise.all(tokens.map((token) => api.verify(token).catch((error: unknown) => error as object)))
  }

  test('for the verification of one token', async () => {
    const api = resourceServer({ ...issuer.options, claims: failing(new Error('down')) })
    const token = await issuer.token()
    const errors = await errorsOf(api, [token, token, token])
    expect(new Set(errors).size).toBe(3)
    expect(errors).toMatchObject(Array(3).fill({ name: 'InternalError', code: 'ERR_INTERNAL', status: 500 }))
  })

  test('for one refresh of the keys, by tokens or by refresh()', async () => {
    const server = await harness.keyServer()
    server.answer = faults.status(404)
    const api = harness.api(server)
    const tokens = ['a', 'b'].map((jti) => server.token(undefined, { claims: { jti } }))
    const errors = await errorsOf(api, tokens)
    const forced = await errorsOf({ verify: () => api.refresh() }, ['', ''])
    expect(new Set([...errors, ...forced]).size).toBe(4)
    expect([...errors, ...forced]).toMatchObject(Array(4).fill({ code: 'ERR_KEYS_UNAVAILABLE', status: 503 }))
  })

  test('for a resolver, with the same detail and headers of its own', async () => {
    const down = new Error('down')
    const api = resourceServer({ issuer: () => Promise.reject(down), audience: issuer.audience })
    const errors = await errorsOf(api, [await issuer.token(), await issuer.token(), await issuer.token()])
    expect(new Set(errors).size).toBe(3)
    for (const error of errors) {
      expect(error).toBeInstanceOf(Error)
      expect(error).toMatchObject({
        name: 'UnavailableError',
        code: 'ERR_ISSUER_UNRESOLVED',
        message: (errors[0] as Error).message,
        status: 503,
        retryAfterSeconds: 1,
        headers: { 'retry-after': '1' },
        cause: down,
      })
      expect(Object.keys(error as object)).toEqual(Object.keys(errors[0] as object))
    }
    expect(new Set(errors.map(({ headers }: any) => headers)).size).toBe(3)
  })
})

describe('A verification whose result lost its trust meanwhile', () => {
  test('is tried three times, then 503', async () => {
    let attempts = 0
    const verify = (): Promise<string> => {
      attempts++
      return Promise.resolve('verified')
    }
    expect(await codeOf(Promise.resolve(whileTrusted(verify, () => attempts === 3)))).toBe('accepted')
    attempts = 0
    expect(await codeOf(Promise.resolve(whileTrusted(verify, () => false)))).toBe('ERR_KEYS_UNAVAILABLE')
    expect(attempts).toBe(3)
  })

  test('of a JWS alone is tried again too', async () => {
    const token = await issuer.token({ key: 'ES512' })
    const { issuers } = (await import('../../../lib/core/server/assemble.js')).assemble(
      (await import('../../../lib/core/options/server.js')).parseOptions(issuer.options),
    )
    const trusted = await issuers.trusted(issuer.issuer)
    const answers = [false, false, true]
    const keys = {
      find: trusted.keys.find.bind(trusted.keys),
      findNewer: () => [],
      touch: trusted.keys.touch.bind(trusted.keys),
      trusts: () => answers.shift() ?? false,
    }
    const gates = { maxTokenBytes: 16_384, headers: new HeaderReader(new Set(['ES512'])) }
    let isTrusted = true
    const verifyJws = jwsVerifier(gates, { trusts: () => isTrusted })
    const types = new Set(['at+jwt', 'jwt', undefined])
    expect(await verifyJws(token, { ...trusted, keys }, types)).toMatchObject({ token })
    expect(answers).toEqual([])
    expect(await codeOf(Promise.resolve(verifyJws(token, { ...trusted, keys }, types)))).toBe(
      'ERR_KEYS_UNAVAILABLE',
    )
    isTrusted = false
    const trusting = { ...keys, trusts: () => true }
    expect(await codeOf(Promise.resolve(verifyJws(token, { ...trusted, keys: trusting }, types)))).toBe(
      'ERR_KEYS_UNAVAILABLE',
    )
  })
})

function failing(error: Error): StandardSchema<object> {
  return { '~standard': { version: 1, vendor: 'test', validate: () => Promise.reject(error) } }
}
