/** Mutual TLS in the FAPI 2.0 profile: it sender-constrains tokens as DPoP does. */
import { resourceServer } from 'express-resource-server'
import { mtls } from 'express-resource-server/mtls'
import { createTestIssuer } from 'express-resource-server/testing'
import { certify } from './support/certificates.js'

const issuer = createTestIssuer()

test('A bound token needs its certificate, and unbound ones are refused', async () => {
  const [client, other] = [await certify(), await certify()]
  const judge = async (cnf: object, by: Buffer | undefined): Promise<unknown> => {
    const api = resourceServer({
      ...issuer.options,
      profile: 'fapi2',
      confirmation: mtls({ certificate: () => by }),
    })
    const authorization = `Bearer ${await issuer.token({ key: 'ES256', ...cnf })}`
    return Promise.resolve(api.authenticate({ headers: { authorization } })).then(
      ({ principal }) => principal.scheme,
      (error: unknown) => (error as { code: string }).code,
    )
  }
  const bound = { cnf: { 'x5t#S256': client.thumbprint } }
  expect(await judge(bound, client.der)).toBe('Bearer')
  expect(await judge(bound, other.der)).toBe('ERR_CONFIRMATION_MISMATCH')
  expect(await judge(bound, undefined)).toBe('ERR_CERTIFICATE_MISSING')
  expect(await judge({}, client.der)).toBe('ERR_CONFIRMATION_MISSING')
})
