/**
 * The certificate of RFC 8705, Appendix A, as the documentation of each proxy says that its header looks.
 * Written out, so that no code of the test has a part in it.
 */
import { resourceServer } from 'express-resource-server'
import { mtls } from 'express-resource-server/mtls'
import type { CertificateFormat } from 'express-resource-server/mtls'
import { boundTo, issuer } from './support/tls-api.js'

const THUMBPRINT = 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0'

const base64 = [
  'MIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAxODEyMzcwOVoXDTIyMDUwMjEyMzcwOVow',
  'DzENMAsGA1UEAwwEbXRsczBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNcnyxwqV6hY8QnhxxzFQ03C7HKW9OylMbnQZjjJ',
  '/Au08/coZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8wCgYIKoZIzj0EAwIDSQAwRgIhAP0RC1E+vwJD/D1AGHGzuri+',
  'hlV/PpQEKTWUVeORWz83AiEA5x2eXZOVbUlJSGQgjwD5vaUaKlLR50Q2DmFfQj1L+SY=',
].join('')

/** Slashes, plus signs and equals signs are escaped: nginx and Envoy. */
const escaped = [
  '-----BEGIN%20CERTIFICATE-----%0AMIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAx',
  '%0AODEyMzcwOVoXDTIyMDUwMjEyMzcwOVowDzENMAsGA1UEAwwEbXRsczBZMBMGByqG%0ASM49AgEGCCqGSM49AwEHA0IABN',
  'cnyxwqV6hY8QnhxxzFQ03C7HKW9OylMbnQZjjJ%0A%2FAu08%2FcoZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8wCgY',
  'IKoZIzj0EAwID%0ASQAwRgIhAP0RC1E%2BvwJD%2FD1AGHGzuri%2BhlV%2FPpQEKTWUVeORWz83AiEA5x2eXZOV%0AbUlJS',
  'GQgjwD5vaUaKlLR50Q2DmFfQj1L%2BSY%3D%0A-----END%20CERTIFICATE-----%0A',
].join('')

/** They are not escaped: AWS. */
const partlyEscaped = [
  '-----BEGIN%20CERTIFICATE-----%0AMIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAx',
  '%0AODEyMzcwOVoXDTIyMDUwMjEyMzcwOVowDzENMAsGA1UEAwwEbXRsczBZMBMGByqG%0ASM49AgEGCCqGSM49AwEHA0IABN',
  'cnyxwqV6hY8QnhxxzFQ03C7HKW9OylMbnQZjjJ%0A/Au08/coZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8wCgYIKoZ',
  'Izj0EAwID%0ASQAwRgIhAP0RC1E+vwJD/D1AGHGzuri+hlV/PpQEKTWUVeORWz83AiEA5x2eXZOV%0AbUlJSGQgjwD5vaUaK',
  'lLR50Q2DmFfQj1L+SY=%0A-----END%20CERTIFICATE-----%0A',
].join('')

const details = [
  'By=spiffe://example.org/gateway',
  'Hash=0380ed2f626650c840b2f263e6d2b29fae12ab39ae5db32b25ad27efad72e6fd',
  `Cert="${escaped}"`,
  'Subject="CN=client,OU=Orders\\, returns,C=AT"',
  'URI=spiffe://example.org/client',
  'DNS=client.example.org',
  'DNS=client2.example.org',
]

test.each<[string, string, CertificateFormat, string]>([
  ['nginx', 'X-Client-Cert', 'pem-urlencoded', escaped],
  ['AWS ALB, verify', 'X-Amzn-Mtls-Clientcert-Leaf', 'pem-urlencoded', partlyEscaped],
  ['AWS ALB, passthrough', 'X-Amzn-Mtls-Clientcert', 'pem-urlencoded', partlyEscaped],
  ['Envoy', 'X-Forwarded-Client-Cert', 'xfcc', details.join(';')],
  ['Envoy, after another', 'x-forwarded-client-cert', 'xfcc', `By=a;Hash=b;URI=c,${details.join(';')}`],
  ['Traefik', 'X-Forwarded-Tls-Client-Cert', 'pem-body', base64],
  [
    'Traefik, a chain',
    'X-Forwarded-Tls-Client-Cert',
    'pem-body',
    `${base64},MIIBBjCBrAIBAjAKBggqhkjOPQQDAg==`,
  ],
  ['Cloudflare', 'Client-Cert', 'rfc9440', `:${base64}:`],
  ['Cloudflare, the older header', 'Cf-Client-Cert-Der-Base64', 'base64-der', base64],
  ['Azure App Service', 'X-ARR-ClientCert', 'base64-der', base64],
])('%s: %s is read as %s [MTL-019] → 200', async (_title, name, format, value) => {
  const confirmation = mtls({ header: { name, format, from: '10.0.0.0/8' } })
  const api = resourceServer({ ...issuer.options, confirmation })
  const authorization = `Bearer ${await boundTo(THUMBPRINT)}`
  const headers = { authorization, [name.toLowerCase()]: value }
  const passed = await api.authenticate({ headers, socket: { remoteAddress: '10.0.0.1' } })
  expect(passed.principal.subject).toBe('user-1')
})
