import { resourceServer } from 'express-resource-server'
import { assertNotSenderConstrained } from '../../../lib/core/http/confirmation.js'
import type { JsonObject } from '../../../lib/core/base/own.js'
import { claims, options, rawToken, verdict, verify } from '../../support/tokens.js'

const thumbprint = 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs'

describe('a token that is bound to a key of its sender', () => {
  test.each<[string, unknown]>([
    ['by DPoP', { jkt: thumbprint }],
    ['by a certificate', { 'x5t#S256': thumbprint }],
    ['by a key', { jwk: { kty: 'EC' } }],
    ['by an encrypted key', { jwe: 'x' }],
    ['by the id of a key', { kid: 'x' }],
    ['by the URL of a key set', { jku: 'https://client.test/jwks' }],
    ['by a method nobody knows', { 'x-future': '1' }],
    ['by several methods', { jkt: thumbprint, 'x5t#S256': thumbprint }],
    ['by no method', {}],
    ['by null', null],
    ['by a string', thumbprint],
    ['by an array', [{ jkt: thumbprint }]],
    ['by false', false],
  ])('%s does not pass as a bearer token', async (_title, cnf) => {
    expect(await verdict(rawToken({ payload: claims({ cnf }) }))).toBe('ERR_CONFIRMATION_UNSUPPORTED')
  })

  test('is refused on every use, also when it was verified before', async () => {
    const token = rawToken({ payload: claims({ cnf: { jkt: thumbprint } }) })
    const server = resourceServer(options())
    for (let i = 0; i < 3; i++) {
      await expect(server.verify(token)).rejects.toMatchObject({ code: 'ERR_CONFIRMATION_UNSUPPORTED' })
    }
  })
})

test('a token without cnf passes, whatever Object.prototype and nested claims hold', async () => {
  expect(() => assertNotSenderConstrained(Object.create({ cnf: {} }) as JsonObject)).not.toThrow()
  await expect(verify(rawToken({ payload: claims({ nested: { cnf: {} } }) }))).resolves.toBeDefined()
})
