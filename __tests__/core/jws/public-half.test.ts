import crypto from 'node:crypto'
import { introspection } from 'express-resource-server/introspection'
import { jwe } from 'express-resource-server/jwe'
import { publicHalf } from '../../../lib/core/jws/public-half.js'
import { generatePair } from '../../support/key-pairs.js'

const { privateKey, publicKey } = generatePair('ec', { namedCurve: 'P-256' })

test('belongs to the private key', () => {
  expect(publicHalf(privateKey).equals(publicKey)).toBe(true)
})

test.each([
  ['jwe()', () => jwe({ keys: [{ key: privateKey, kid: 'a' }] })],
  [
    'introspection()',
    () =>
      introspection({
        endpoint: 'https://login.test/introspect',
        client: { id: 'api', key: privateKey, algorithm: 'ES256' },
      }),
  ],
])('of a key that %s gets is parsed from bytes before it is exported as a JWK', (_title, make) => {
  const parsed = jest.spyOn(crypto, 'createPublicKey')
  make()
  const formats = parsed.mock.calls.map(([input]) => (input as { format?: string }).format)
  parsed.mockRestore()
  expect(formats).toEqual([undefined, 'der'])
})
