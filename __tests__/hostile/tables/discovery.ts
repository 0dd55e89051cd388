/** What an issuer's metadata may say. RFC 8414 §3, OpenID Connect Discovery 1.0 §4. */
import { faults } from '../../support/key-server.js'
import type { Answer as Upstream } from '../../support/key-server.js'
import type { Case } from '../support/cases.js'
import { formsOf, hmacToken } from '../support/forgeries.js'
import type { World } from '../support/world.js'
import { QUICK } from './jwks.js'

/** Metadata at a URL of its own. */
const found = (what: string, answer: (w: World) => Upstream, status: number, ids?: string): Case => ({
  what,
  ...(ids && { ids }),
  status,
  options: (w) => ({
    issuer: { issuer: w.issuer, metadataUrl: w.publish(answer(w)) },
    keys: status === 503 ? QUICK : {},
  }),
  tokens: (w) => w.token(),
})
const document = (what: string, changes: (w: World) => object, status = 503, ids?: string): Case =>
  found(what, (w) => faults.json({ ...w.as.metadataDocument, ...changes(w) }), status, ids)

export const discoveryCases: readonly Case[] = [
  document('metadata as it should be', () => ({}), 200),
  document('metadata of another issuer', () => ({ issuer: 'https://evil.example' }), 503, 'DSC-001'),
  ...(
    [
      ['with a slash', (iss: string) => `${iss}/`],
      ['in capitals', (iss: string) => iss.toUpperCase()],
      ['with another port', (iss: string) => `${iss}0`],
      ['in an array', (iss: string) => [iss]],
      ['with a space', (iss: string) => `${iss} `],
      ['missing', () => undefined],
      ['null', () => null],
    ] as const
  ).map(([what, change]) =>
    document(`metadata whose issuer is ${what}`, (w) => ({ issuer: change(w.issuer) }), 503, 'DSC-002'),
  ),
  ...[
    undefined,
    null,
    1,
    [],
    {},
    '',
    'jwks',
    '/jwks',
    'http://as.example/jwks',
    'file:///etc/passwd',
    'data:application/json,{}',
    'http://169.254.169.254/',
    'https://u:p@as.example/jwks',
    'javascript:1',
    'http://127.0.0.1.evil.example/',
  ].map((uri) => document(`jwks_uri of ${JSON.stringify(uri)}`, () => ({ jwks_uri: uri }))),
  ...[
    ...Object.entries({
      'that hangs': faults.hang,
      'that hangs in its body': faults.hangInBody,
      'without end': faults.endless,
      'in a gzip bomb': faults.gzipBomb,
      'of HTML': faults.html,
      'that is reset': faults.reset,
      'that drips': faults.drip(30),
      'of 500': faults.status(500),
      'of a redirect': faults.redirect('http://169.254.169.254/'),
      'cut short': faults.text('{"issuer":"'),
    }),
  ].map(([what, fault]) => found(`metadata ${what}`, () => fault, 503, 'DSC-013')),
  ...['null', '[]', '1', '""', '{}', '{"issuer":{}}'].map((text) =>
    found(`metadata of ${text}`, () => faults.text(text), 503, 'DSC-013'),
  ),
  found(
    'metadata whose jwks_uri comes by __proto__',
    (w) => faults.text(`{"__proto__":{"jwks_uri":"${w.as.jwksUri}"},"issuer":"${w.issuer}"}`),
    503,
    'DSC-017',
  ),
  found(
    'metadata whose issuer comes by __proto__',
    (w) => faults.text(`{"__proto__":{"issuer":"${w.issuer}"},"jwks_uri":"${w.as.jwksUri}"}`),
    503,
    'DSC-017',
  ),
  found(
    'metadata with __proto__ next to what is needed',
    (w) =>
      faults.text(
        `{"__proto__":{"jwks_uri":"http://evil.example"},"issuer":"${w.issuer}","jwks_uri":"${w.as.jwksUri}"}`,
      ),
    200,
  ),
  {
    what: 'metadata that offers none and HS256 widens nothing',
    ids: 'DSC-015',
    options: (w) => ({
      algorithms: undefined,
      issuer: {
        issuer: w.issuer,
        metadataUrl: w.publish(
          faults.json({
            ...w.as.metadataDocument,
            id_token_signing_alg_values_supported: ['none', 'HS256'],
            token_endpoint_auth_signing_alg_values_supported: ['none', 'HS256'],
          }),
        ),
      },
    }),
    tokens: (w) => [
      hmacToken(w, formsOf('rs1').pem),
      w.token({ header: { alg: 'none' } }),
      w.token({ header: { alg: 'none' } }).replace(/[^.]*$/, ''),
    ],
  },
]
