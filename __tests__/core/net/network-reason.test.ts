import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import dns from 'node:dns'
import type { KeyOptions, ResourceServerOptions } from 'express-resource-server'
import { networkReason } from '../../../lib/core/net/network-reason.js'
import { Harness, outcome, QUICK } from '../../support/key-harness.js'
import { closedPort } from '../../support/http.js'
import { faults } from '../../support/key-server.js'
import { selfSigned } from '../../support/tls.js'

const harness = new Harness()
afterEach(() => harness.close())

const coded = (code: string, more = {}): Error => Object.assign(new Error(code), { code, ...more })

describe('the reason of a network failure', () => {
  test.each<[string, unknown, string]>([
    ['a host that does not exist', coded('ENOTFOUND'), 'dns_not_found'],
    ['a silent name server', coded('EAI_AGAIN'), 'dns_timeout'],
    ['a name server that fails', coded('ESERVFAIL'), 'dns_failed'],
    ['a closed port', coded('ECONNREFUSED'), 'refused'],
    ['a closed port on all addresses', new AggregateError([coded('ECONNREFUSED')]), 'refused'],
    ['no route', coded('EHOSTUNREACH'), 'unreachable'],
    ['a host that drops packets', coded('ETIMEDOUT'), 'connect_timeout'],
    ['a reset', coded('ECONNRESET'), 'reset'],
    ['an expired certificate', coded('CERT_HAS_EXPIRED'), 'certificate'],
    ['a certificate of nobody', coded('DEPTH_ZERO_SELF_SIGNED_CERT'), 'certificate'],
    ['a certificate for another name', coded('ERR_TLS_CERT_ALTNAME_INVALID'), 'certificate'],
    ['an unknown authority', coded('UNABLE_TO_GET_ISSUER_CERT_LOCALLY'), 'certificate'],
    ['a server without TLS', coded('ERR_SSL_WRONG_VERSION_NUMBER'), 'tls'],
    ['what is not HTTP', coded('HPE_INVALID_CONSTANT'), 'protocol'],
    ['what is not gzip', coded('Z_DATA_ERROR'), 'protocol'],
    [
      'the error of the platform fetch',
      new TypeError('fetch failed', { cause: coded('ENOTFOUND') }),
      'dns_not_found',
    ],
    ['a time-out of a custom fetch', new DOMException('late', 'TimeoutError'), 'timeout'],
    ['an error without a code', new Error('no'), 'other'],
    ['a code that is no text', Object.assign(new Error('no'), { code: 7 }), 'other'],
    ['text', 'ECONNREFUSED', 'other'],
    ['nothing', undefined, 'other'],
  ])('%s', (_title, thrown, expected) => {
    expect(networkReason(thrown)).toBe(expected)
  })

  test('an error that is its own cause', () => {
    const error = new Error('no')
    error.cause = error
    expect(networkReason(error)).toBe('other')
  })
})

describe('health and error name the reason', () => {
  interface Choices {
    readonly keys?: KeyOptions
    readonly options?: Partial<ResourceServerOptions>
  }

  async function reasonAt(place: { issuer: string; jwksUri: string }, { keys = {}, options }: Choices = {}) {
    const api = harness.api(place, keys, options)
    const token = (await harness.keyServer()).token(undefined, { claims: { iss: place.issuer } })
    const error: unknown = await api.verify(token).catch((thrown: unknown) => thrown)
    const { lastFailure, lastFailureReason } = api.health().issuers[0]!
    expect(error).toMatchObject({ status: 503, cause: { problem: lastFailure, reason: lastFailureReason } })
    return [lastFailure, lastFailureReason]
  }

  test('of a port where nobody listens', async () => {
    const issuer = `http://127.0.0.1:${await closedPort()}`
    expect(await reasonAt({ issuer, jwksUri: `${issuer}/jwks` })).toEqual(['network', 'refused'])
  })

  test('of a certificate that nobody vouches for', async () => {
    expect(await reasonAt(await harness.keyServer(selfSigned))).toEqual(['network', 'certificate'])
  })

  test('of plain HTTP where TLS is expected', async () => {
    const { issuer, jwksUri } = await harness.keyServer()
    const place = { issuer, jwksUri: jwksUri.replace('http:', 'https:') }
    expect(await reasonAt(place)).toEqual(['network', 'tls'])
  })

  test.each([
    ['reset', faults.reset, ['network', 'reset']],
    ['garbage', faults.garbage, ['network', 'protocol']],
    ['an unknown encoding', faults.text('x', { 'content-encoding': 'zstd' }), ['network', 'protocol']],
    ['a status', faults.status(404), ['status', undefined]],
  ])('of %s', async (_title, answer, expected) => {
    const server = await harness.keyServer()
    server.answer = answer
    expect(await reasonAt(server)).toEqual(expected)
  })

  test('of no answer', async () => {
    const server = await harness.keyServer()
    server.answer = faults.hang
    expect(await reasonAt(server, { keys: QUICK })).toEqual(['timeout', 'timeout'])
  })

  test('of a host whose name server is silent', async () => {
    const real = dns.lookup as (...args: unknown[]) => void
    const lookup = jest.spyOn(dns, 'lookup').mockImplementation((hostname: string, ...rest: unknown[]) => {
      if (hostname !== 'silent.test') real(hostname, ...rest)
    })
    const place = { issuer: 'https://silent.test', jwksUri: 'https://silent.test/jwks' }
    expect(await reasonAt(place, { keys: QUICK })).toEqual(['timeout', 'dns_timeout'])
    lookup.mockRestore()
  })

  test('of an issuer that a resolver names and that has a private address', async () => {
    const server = await harness.keyServer()
    const place = { issuer: server.issuer, jwksUri: server.jwksUri }
    expect(await reasonAt(server, { options: { issuer: () => place } })).toEqual([
      'network',
      'address_refused',
    ])
  })
})

describe('a document without any usable key', () => {
  test('says in health, error and events why each was dropped', async () => {
    const events: unknown[] = []
    const listen = (event: unknown): void => void events.push(event)
    subscribe('express-resource-server:keys', listen)
    const server = await harness.keyServer()
    server.answer = faults.json({
      keys: [{ kty: 'RSA', n: 'AQAB', e: 'AQAB' }, { kty: 'oct', k: 'AA' }, null],
    })
    const api = harness.api(server)
    const dropped = ['weak', 'symmetric_key', 'not_a_jwk']
    const error: unknown = await api.verify(server.token()).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ cause: { problem: 'no_usable_key', dropped } })
    expect(api.health().issuers[0]).toMatchObject({ lastFailure: 'no_usable_key', droppedKeys: dropped })
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'failed', problem: 'no_usable_key', dropped }),
    )
    const seen = events.flatMap((event) =>
      (event as { type: string }).type === 'key_dropped' ? [event] : [],
    )
    expect(seen).toMatchObject(dropped.map((problem) => ({ problem })))
    unsubscribe('express-resource-server:keys', listen)
    server.recover()
    harness.clock.advance(30)
    expect(await outcome(api.verify(server.token()))).toEqual({ status: 200 })
    expect(api.health().issuers[0]).not.toHaveProperty('droppedKeys')
  })
})
