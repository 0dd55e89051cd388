/** `check` names the true cause of each fault of an issuer, with real servers on loopback. */
import { certify } from '../mtls/support/certificates.js'
import type { CertificateParts } from '../mtls/support/certificates.js'
import { closedPort } from '../support/http.js'
import { faults, KeyServer, signingKey } from '../support/key-server.js'
import { run, runJson } from './support/run.js'
import { generatePair } from '../support/key-pairs.js'

let issuer: KeyServer
beforeEach(async () => {
  issuer = await KeyServer.listen()
})
afterEach(() => issuer.close())

interface Case {
  readonly title: string
  readonly arrange?: () => void
  readonly issuer?: () => string | Promise<string>
  readonly args?: () => readonly string[]
  readonly step: string
  readonly code: string
  readonly says: RegExp
}

const metadata = (members: object): void => {
  issuer.metadata = (res) => issuer.json(res, { ...issuer.metadataDocument, ...members })
}

const problems: readonly Case[] = [
  {
    title: 'the issuer as a .well-known URL',
    issuer: () => `${issuer.issuer}/.well-known/openid-configuration`,
    step: 'options',
    code: 'ERR_CONFIGURATION',
    says: /ends before \/\.well-known\//,
  },
  {
    title: 'common of Entra ID',
    issuer: () => 'https://login.microsoftonline.com/common/v2.0',
    step: 'options',
    code: 'ERR_CONFIGURATION',
    says: /the id of your tenant/,
  },
  {
    title: 'plain http on a host that is not loopback',
    issuer: () => 'http://keycloak:8080/realms/shop',
    step: 'options',
    code: 'ERR_CONFIGURATION',
    says: /dangerouslyAllowInsecureHttp/,
  },
  {
    title: 'an environment variable that is not set',
    issuer: () => '',
    step: 'options',
    code: 'ERR_CONFIGURATION',
    says: /environment variable is not set/,
  },
  {
    title: 'a trailing slash',
    issuer: () => `${issuer.issuer}/`,
    step: 'metadata',
    code: 'issuer_mismatch',
    says: /Only the final slash differs\.[^]*write issuer: 'http:\/\/127\.0\.0\.1:\d+'/,
  },
  {
    title: 'metadata of another issuer',
    arrange: () => metadata({ issuer: 'https://login.example.com' }),
    step: 'metadata',
    code: 'issuer_mismatch',
    says: /write issuer: 'https:\/\/login\.example\.com'/,
  },
  {
    title: 'an issuer that believes that it is https',
    arrange: () => metadata({ issuer: issuer.issuer.replace('http:', 'https:') }),
    step: 'metadata',
    code: 'issuer_mismatch',
    says: /does not know its public address/,
  },
  {
    title: 'metadata that names a tenant by a placeholder',
    arrange: () => metadata({ issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0' }),
    step: 'metadata',
    code: 'issuer_mismatch',
    says: /Write the id of your tenant/,
  },
  {
    title: 'metadata without an issuer',
    arrange: () => metadata({ issuer: undefined }),
    step: 'metadata',
    code: 'issuer_mismatch',
    says: /does not name its issuer/,
  },
  {
    title: 'metadata without jwks_uri',
    arrange: () => metadata({ jwks_uri: undefined }),
    step: 'metadata',
    code: 'jwks_uri_missing',
    says: /issuer: \{ issuer, jwksUri \}/,
  },
  {
    title: 'jwks_uri over plain http on another host',
    arrange: () => metadata({ jwks_uri: 'http://keycloak:8080/certs' }),
    step: 'metadata',
    code: 'jwks_uri_refused',
    says: /http:\/\/keycloak:8080\/certs[^]*Keycloak: hostname/,
  },
  {
    title: 'no metadata at the well-known places',
    issuer: () => `${issuer.issuer}/realms/Shop`,
    arrange: () => void (issuer.metadata = faults.status(404)),
    step: 'discovery',
    code: 'metadata_not_found',
    says: /\/realms\/Shop\/\.well-known\/openid-configuration or .*oauth-authorization-server\/realms\/Shop or .*openid-configuration\/realms\/Shop/,
  },
  {
    title: 'a page in place of metadata',
    arrange: () => void (issuer.metadata = faults.html),
    step: 'discovery',
    code: 'not_json',
    says: /a page of HTML/,
  },
  {
    title: 'metadata that fails',
    arrange: () => void (issuer.metadata = faults.status(500)),
    step: 'discovery',
    code: 'status',
    says: /the answer is 500: the server fails/,
  },
  {
    title: 'metadata behind a login',
    arrange: () => void (issuer.metadata = faults.status(401)),
    step: 'discovery',
    code: 'status',
    says: /the document is not public/,
  },
  {
    title: 'metadata that hangs',
    arrange: () => void (issuer.metadata = faults.hang),
    args: () => ['--timeout-ms', '300'],
    step: 'discovery',
    code: 'timeout',
    says: /no complete answer in time/,
  },
  {
    title: 'an empty key set',
    arrange: () => void (issuer.answer = faults.json({ keys: [] })),
    step: 'keys',
    code: 'no_usable_key',
    says: /is a key set without keys/,
  },
  {
    title: 'keys of which none is usable',
    arrange: () => void (issuer.answer = faults.json({ keys: [{ kty: 'AKP', kid: 'a' }] })),
    step: 'keys',
    code: 'no_usable_key',
    says: /1 key, none of which[^]*key "a" \(AKP\)/,
  },
  {
    title: 'a private key for all to read',
    arrange: () => {
      const jwk = signingKey('leaked').privateKey.export({ format: 'jwk' })
      issuer.answer = faults.json({ keys: [issuer.keys[0]!.jwk, { ...jwk, kid: 'leaked' }] })
    },
    step: 'keys',
    code: 'key_private_key',
    says: /key "leaked" \(OKP\) is a private key\. Whoever reads this document can forge tokens/,
  },
  {
    title: 'something else in place of a key set',
    arrange: () => void (issuer.answer = faults.json({ issuer: 'x' })),
    step: 'keys',
    code: 'not_a_key_set',
    says: /no array "keys"/,
  },
  {
    title: 'keys that are not found',
    arrange: () => void (issuer.answer = faults.status(404)),
    step: 'keys',
    code: 'status',
    says: /\/jwks: the answer is 404/,
  },
  {
    title: 'keys that fail',
    arrange: () => void (issuer.answer = faults.status(503)),
    step: 'keys',
    code: 'status',
    says: /the answer is 503: the server fails/,
  },
  {
    title: 'too many requests for keys',
    arrange: () => void (issuer.answer = faults.status(429)),
    step: 'keys',
    code: 'status',
    says: /too many requests/,
  },
  {
    title: 'a page in place of keys',
    arrange: () => void (issuer.answer = faults.html),
    step: 'keys',
    code: 'not_json',
    says: /a page of HTML/,
  },
  {
    title: 'keys that redirect to another host',
    arrange: () => void (issuer.answer = faults.redirect('https://cdn.example.com/keys?x=1')),
    step: 'keys',
    code: 'redirect',
    says: /redirects to https:\/\/cdn\.example\.com\/keys\./,
  },
  {
    title: 'keys that redirect in a circle',
    arrange: () => void (issuer.answer = faults.redirect('/jwks')),
    step: 'keys',
    code: 'redirect',
    says: /nor more than 3/,
  },
  {
    title: 'keys that are too large',
    arrange: () => void (issuer.answer = faults.text(' '.repeat(300_000))),
    step: 'keys',
    code: 'too_large',
    says: /larger than 256 KiB/,
  },
  {
    title: 'keys that hang',
    arrange: () => void (issuer.answer = faults.hang),
    args: () => ['--timeout-ms', '300'],
    step: 'keys',
    code: 'timeout',
    says: /no complete answer in time/,
  },
  {
    title: 'keys that stop in the middle',
    arrange: () => void (issuer.answer = faults.hangInBody),
    args: () => ['--timeout-ms', '300'],
    step: 'keys',
    code: 'timeout',
    says: /no complete answer in time/,
  },
  {
    title: 'a connection that is reset',
    arrange: () => void (issuer.answer = faults.reset),
    step: 'keys',
    code: 'reset',
    says: /the connection ends before the answer/,
  },
  {
    title: 'a port of another protocol',
    arrange: () => void (issuer.answer = faults.garbage),
    step: 'keys',
    code: 'protocol',
    says: /the answer is not HTTP/,
  },
  {
    title: 'clocks that differ',
    arrange: () => {
      issuer.answer = (res) =>
        issuer.json(res, issuer.jwks, { date: new Date(Date.now() - 90_000).toUTCString() })
    },
    step: 'clock',
    code: 'clock_skew',
    says: /(?:9\d|89) s ahead of that of the issuer/,
  },
  {
    title: 'a host name that does not exist',
    issuer: () => 'https://login.invalid',
    step: 'discovery',
    code: 'dns_not_found',
    says: /host name does not exist|name server/,
  },
  {
    title: 'a port on which nothing listens',
    issuer: async () => `http://127.0.0.1:${await closedPort()}`,
    step: 'discovery',
    code: 'refused',
    says: /In a container, localhost is the container itself/,
  },
  {
    title: 'https on a port that speaks plain HTTP',
    issuer: () => issuer.issuer.replace('http:', 'https:'),
    step: 'discovery',
    code: 'tls',
    says: /probably speaks plain HTTP/,
  },
]

test.each(problems)('$title is found, and the text says what to change', async (row) => {
  row.arrange?.()
  const named = row.issuer === undefined ? issuer.issuer : await row.issuer()
  const args = ['check', '--issuer', named, ...(row.args?.() ?? [])]
  const { code, report } = await runJson(args)
  const found = report.findings.filter(({ outcome }: any) => outcome === 'problem')
  // Without a network, a name server may not answer at all.
  const isExpected = (each: any): boolean =>
    row.code.startsWith('dns_') ? /^dns_/.test(each.code) : each.code === row.code
  expect([code, report.isGood]).toEqual([1, false])
  expect(found.find((each: any) => each.step === row.step && isExpected(each))).toBeDefined()
  const text = await run(args)
  expect(text.code).toBe(1)
  expect(text.stdout).toMatch(row.says)
})

const certificates: readonly (readonly [title: string, CertificateParts, codes: readonly string[]])[] = [
  ['expired', { days: -1 }, ['certificate_expired']],
  [
    'for another name',
    { host: 'login.example.com' },
    ['certificate_wrong_name', 'certificate_unknown_authority'],
  ],
  ['of an unknown authority', {}, ['certificate_unknown_authority']],
]

test.each(certificates)('a certificate that is %s is named', async (_title, parts, codes) => {
  const authority = await certify({ name: 'CN=authority', isAuthority: true })
  const { key, cert } = await certify({ name: 'CN=issuer', by: authority, ...parts })
  const secure = await KeyServer.listen({ key, cert })
  const { code, report } = await runJson(['check', '--issuer', secure.issuer])
  expect(code).toBe(1)
  const problems = report.findings.filter(({ outcome }: any) => outcome === 'problem')
  expect(problems.map((each: any) => each.code)).toEqual(codes)
  await secure.close()
})

test('a self-signed certificate is named', async () => {
  const secure = await KeyServer.listen(await certify({ name: 'CN=localhost' }))
  const { stdout } = await run(['check', '--issuer', secure.issuer])
  expect(stdout).toMatch(/certificate is self-signed[^]*NODE_EXTRA_CA_CERTS/)
  await secure.close()
})

describe('a good issuer', () => {
  test('is good, with each key and its algorithms', async () => {
    const { code, report } = await runJson(['check', '--issuer', issuer.issuer])
    expect(code).toBe(0)
    expect(report.keys).toEqual([{ kid: 'k1', kty: 'OKP', algorithms: ['Ed25519', 'EdDSA'] }])
    expect(report.findings.at(-1)).toMatchObject({ step: 'resourceServer', outcome: 'good' })
  })

  test('may have keys that are left out, with the reason for each', async () => {
    const weak = generatePair('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })
    const encryption = { ...issuer.keys[0]!.jwk, use: 'enc', kid: 'enc' }
    const keys = [issuer.keys[0]!.jwk, { ...weak, kid: 'weak' }, encryption, 'junk']
    issuer.answer = faults.json({ keys })
    const { code, report } = await runJson(['check', '--issuer', issuer.issuer])
    expect(code).toBe(0)
    expect(report.keys.map(({ problem }: any) => problem)).toEqual([
      undefined,
      'weak',
      'not_for_signatures',
      'not_a_jwk',
    ])
    const { stdout } = await run(['check', '--issuer', issuer.issuer])
    expect(stdout).toMatch(/warning +keys +key "weak" \(RSA\) is too weak/)
    expect(stdout).toMatch(/note +keys +key "enc" \(OKP\) is for encryption/)
  })

  test.each([
    [{}, /without Cache-Control: they are fetched again after 600 s/],
    [{ 'cache-control': 'public, max-age=900' }, /good +caching +Cache-Control: public, max-age=900\./],
    [{ 'cache-control': 'max-age=86400' }, /fetched again after 3600 s all the same/],
    [{ 'cache-control': 'no-store' }, /fetched again after 300 s all the same/],
  ])('with the headers %j, how long keys are kept is said', async (headers, says) => {
    issuer.answer = (res) => issuer.json(res, issuer.jwks, headers)
    expect((await run(['check', '--issuer', issuer.issuer])).stdout).toMatch(says)
  })

  test.each([
    ['at OAuth’s place', '/.well-known/oauth-authorization-server/realms/shop'],
    ['after the path', '/realms/shop/.well-known/openid-configuration'],
    ['before the path', '/.well-known/openid-configuration/realms/shop'],
  ])('may have its metadata %s', async (_title, place) => {
    const named = `${issuer.issuer}/realms/shop`
    issuer.metadata = (res, req) =>
      req.url === place
        ? issuer.json(res, { ...issuer.metadataDocument, issuer: named })
        : void res.writeHead(404).end()
    const { code, stdout } = await run(['check', '--issuer', named])
    expect(code).toBe(0)
    expect(stdout).toContain(`${issuer.issuer}${place} answers`)
  })

  test('may have its keys on another host, which is noted', async () => {
    const other = await KeyServer.listen()
    metadata({ jwks_uri: other.jwksUri })
    const { code, stdout } = await run(['check', '--issuer', issuer.issuer])
    expect(code).toBe(0)
    expect(stdout).toMatch(/note +metadata +The keys are on another host/)
    await other.close()
  })

  test('may be reached by its keys or its metadata alone', async () => {
    const args = ['check', '--issuer', 'https://login.example.com']
    expect((await run([...args, '--jwks-uri', issuer.jwksUri])).code).toBe(0)
    metadata({ issuer: 'https://login.example.com' })
    const metadataUrl = `${issuer.issuer}/.well-known/here`
    expect((await run([...args, '--metadata-url', metadataUrl])).code).toBe(0)
  })
})

test("the slash of Auth0's issuers stays, whatever the metadata names", async () => {
  issuer.metadata = faults.json({ issuer: 'https://shop.eu.auth0.com', jwks_uri: issuer.jwksUri })
  const place = `${issuer.issuer}/.well-known/openid-configuration`
  const args = ['check', '--issuer', 'https://shop.eu.auth0.com/', '--metadata-url', place]
  const { report } = await runJson(args)
  expect(report.findings.find((each: any) => each.code === 'issuer_mismatch').advice).toMatch(
    /^Keep the slash/,
  )
})
