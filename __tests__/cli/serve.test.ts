/** `serve`: an issuer for local development. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requireScopes, resourceServer } from 'express-resource-server'
import { freePort } from '../support/free-port.js'
import { until } from '../support/key-harness.js'
import { start } from '../support/http.js'
import { running } from './support/program.js'

const audience = 'https://api.example.com'

async function served(args: readonly string[], port = 0): Promise<any> {
  const program = running(['serve', '--port', String(port), '--json', ...args])
  await until(() => program.stdout() !== '')
  return { ...JSON.parse(program.stdout()), program }
}

function claimsOf(token: string): any {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

test('prints an issuer whose token a resource server accepts, until Ctrl-C', async () => {
  const args = [
    '--audience',
    audience,
    '--scope',
    'orders:read',
    '--scope',
    'orders:write',
    '--subject',
    'ada',
  ]
  const { issuer, token, jwksUri, program, ...others } = await served(args, await freePort())
  expect(others).toEqual({
    audience,
    scope: 'orders:read orders:write',
    tokenEndpoint: `${issuer}/token`,
  })
  expect(jwksUri).toBe(`${issuer}/jwks`)
  const api = resourceServer({ issuer, audience })
  const principal = await api.verify(token)
  expect(principal.subject).toBe('ada')
  expect(requireScopes('orders:read', 'orders:write').allows(principal, { headers: {} })).toBe(true)
  const seconds = principal.expiresAt - Date.now() / 1000
  expect(seconds).toBeGreaterThan(3000)
  expect(seconds).toBeLessThanOrEqual(3600)
  program.interrupt()
  expect(await program.ended).toMatchObject({ code: 0, stderr: '' })
  await expect(fetch(jwksUri)).rejects.toThrow()
  api.close()
})

test('the token endpoint gives tokens to everybody who asks', async () => {
  const { issuer, tokenEndpoint, program } = await served(['--audience', audience])
  const api = resourceServer({ issuer, audience })
  const ask = (form: Record<string, string>) =>
    fetch(tokenEndpoint, { method: 'POST', body: new URLSearchParams(form) })
  const answer = await ask({ grant_type: 'client_credentials', scope: 'a b', client_id: 'worker' })
  expect(answer.headers.get('cache-control')).toBe('no-store')
  const { access_token: token, ...others } = (await answer.json()) as { access_token: string }
  expect(others).toEqual({ token_type: 'Bearer', expires_in: 300, scope: 'a b' })
  expect(await api.verify(token)).toMatchObject({ scopes: ['a', 'b'], clientId: 'worker', subject: 'worker' })
  const refusals = [
    await ask({ grant_type: 'password' }),
    await ask({ grant_type: 'client_credentials', scope: 'a'.repeat(20_000) }),
    await fetch(tokenEndpoint),
  ]
  expect(await Promise.all(refusals.map(async (each) => [each.status, await each.json()]))).toEqual([
    [400, { error: 'unsupported_grant_type' }],
    [400, { error: 'invalid_request' }],
    [400, { error: 'invalid_request' }],
  ])
  program.interrupt()
  await program.ended
  api.close()
})

test('the text has the lines to paste', async () => {
  const program = running(['serve', '--port', '0', '--audience', "it's", '--scope', 'a', '--scope', 'b'])
  await until(() => program.stdout() !== '')
  program.interrupt()
  const { stdout } = await program.ended
  expect(stdout.replace(/127\.0\.0\.1:\d+/g, 'HOST').replace(/Bearer [\w.-]+/, 'Bearer TOKEN')).toBe(
    [
      "Issuer http://HOST for it's, until Ctrl-C.",
      '',
      'In your application:',
      '',
      "  const issuer = 'http://HOST'",
      "  const audience = 'it\\'s'",
      '  app.use(resourceServer({ issuer, audience }))',
      '',
      'A request to it, with a token with the scope a b that is good for an hour:',
      '',
      "  curl -i 'http://localhost:3000/' -H 'Authorization: Bearer TOKEN'",
      '',
      'Another token, good for 5 minutes:',
      '',
      "  curl http://HOST/token -d grant_type=client_credentials --data-urlencode 'scope=a b'",
      '',
    ].join('\n'),
  )
})

test('the request for another token gives one with the same claims', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'serve-'))
  const file = join(folder, 'claims.json')
  writeFileSync(file, JSON.stringify({ roles: ['admin'], header: { alg: 'none' }, exp: 1, key: 'RS257' }))
  const args = ['--audience', audience, '--claims', file, '--subject', 'ada', '--scope', 'a']
  const { issuer, token, tokenEndpoint, program } = await served(args)
  const api = resourceServer({ issuer, audience })
  const form = new URLSearchParams({ grant_type: 'client_credentials', scope: 'a' })
  const { access_token: another } = (await (
    await fetch(tokenEndpoint, { method: 'POST', body: form })
  ).json()) as {
    access_token: string
  }
  const changing = { iat: undefined, exp: undefined, jti: undefined }
  const [first, second] = [(await api.verify(token)).claims, (await api.verify(another)).claims]
  expect({ ...second, ...changing }).toEqual({ ...first, ...changing })
  expect(second).toMatchObject({ roles: ['admin'], sub: 'ada', header: { alg: 'none' } })
  form.set('client_id', 'worker')
  const machine = (await (await fetch(tokenEndpoint, { method: 'POST', body: form })).json()) as {
    access_token: string
  }
  expect(await api.verify(machine.access_token)).toMatchObject({ subject: 'ada', clientId: 'worker' })
  api.close()
  program.interrupt()
  await program.ended
  rmSync(folder, { recursive: true })
})

test.each([
  ['without --claims', undefined, ['--scope', 'a', '--scope', 'b'], 'a b'],
  ['with another scope in --claims', { scope: 'c' }, ['--scope', 'a'], 'a'],
  ['with a scope in --claims alone', { scope: 'c d' }, [], 'c d'],
])('a request that names no scope gets that of the printed token, %s', async (_, claims, args, scope) => {
  const folder = mkdtempSync(join(tmpdir(), 'serve-'))
  const file = join(folder, 'claims.json')
  writeFileSync(file, JSON.stringify(claims ?? {}))
  const { token, tokenEndpoint, program } = await served(['--claims', file, ...args])
  const body = new URLSearchParams({ grant_type: 'client_credentials' })
  const answer: any = await (await fetch(tokenEndpoint, { method: 'POST', body })).json()
  expect([answer.scope, claimsOf(answer.access_token).scope, claimsOf(token).scope]).toEqual([
    scope,
    scope,
    scope,
  ])
  program.interrupt()
  await program.ended
  rmSync(folder, { recursive: true })
})

test('a port in use, and options that are wrong', async () => {
  const { port } = await start(() => undefined)
  const cases = [
    [['--port', String(port)], `--port ${port} is in use: choose another, or 0 for a free one`],
    [['--port', '1.5'], '--port must be a whole number'],
    [['--port', 'x'], '--port must be a number from 0 to 65535'],
    [['--port', '0', '--scope', 'a b'], '--scope must be one scope value, without spaces or quotes'],
  ] as const
  for (const [args, message] of cases) {
    const { code, stderr, stdout } = await running(['serve', ...args]).ended
    expect(stderr).toContain(message)
    expect([code, stdout]).toEqual([2, ''])
  }
})

test('--claims adds claims from a file, such as roles where Keycloak has them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'serve-'))
  const file = join(folder, 'claims.json')
  writeFileSync(file, JSON.stringify({ realm_access: { roles: ['admin'] }, sub: 'ignored' }))
  const { issuer, token, program } = await served([
    '--audience',
    audience,
    '--claims',
    file,
    '--subject',
    'ada',
  ])
  const api = resourceServer({ issuer, audience, roles: [['realm_access', 'roles']] })
  expect(await api.verify(token)).toMatchObject({ roles: ['admin'], subject: 'ada' })
  api.close()
  program.interrupt()
  await program.ended
  rmSync(folder, { recursive: true })
})

test.each([
  [['--claims', 'no-such-file.json'], /--claims cannot be read: there is no such file\n/],
  [['--claims', 'docs'], /--claims cannot be read: it is a folder\n/],
  [['--claims', 'README.md'], /--claims must name a file with a JSON object/],
  [['--audience', ''], /--audience is empty\. Usually an environment variable is not set/],
  [['--url', 'localhost:3000'], /--url must be the URL of a route/],
])('%j is wrong usage', async (args, message) => {
  const { code, stderr } = await running(['serve', ...args]).ended
  expect([code, stderr]).toEqual([2, expect.stringMatching(message)])
})

test('a file of claims over 1 MiB is wrong usage, which names the option', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'serve-'))
  const file = join(folder, 'claims.json')
  writeFileSync(file, JSON.stringify({ a: 'a'.repeat(1_048_576) }))
  const { code, stderr } = await running(['serve', '--claims', file]).ended
  expect([code, stderr]).toEqual([2, expect.stringMatching(/The file of --claims is larger than 1 MiB\n/)])
  rmSync(folder, { recursive: true })
})

test('prints a request for --url', async () => {
  const program = running(['serve', '--port', '0', '--url', 'http://localhost:4000/orders?a=1'])
  await until(() => program.stdout() !== '')
  expect(program.stdout()).toContain(
    "curl -i 'http://localhost:4000/orders?a=1' -H 'Authorization: Bearer ey",
  )
  program.interrupt()
  await program.ended
})

test('an application that remembers the keys of an earlier run accepts the tokens of the next', async () => {
  const port = await freePort()
  const earlier = await served(['--audience', audience], port)
  const api = resourceServer({ issuer: earlier.issuer, audience })
  await api.verify(earlier.token)
  earlier.program.interrupt()
  await earlier.program.ended
  const { token, program } = await served(['--audience', audience], port)
  expect(await api.verify(token)).toMatchObject({ subject: 'user-1' })
  api.close()
  program.interrupt()
  await program.ended
})

test('every member of --claims is a claim, also after a byte order mark, and some are noted', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'serve-'))
  const file = join(folder, 'claims.json')
  const claims = { header: { alg: 'none' }, key: 'RS257', scope: 'a b', iss: 'x', aud: ['y'] }
  writeFileSync(file, `\ufeff${JSON.stringify(claims)}`)
  const { token, scope, program } = await served(['--claims', file])
  const [header, payload] = token
    .split('.', 2)
    .map((part: string) => Buffer.from(part, 'base64url').toString())
  expect(JSON.parse(payload)).toMatchObject(claims)
  expect(JSON.parse(header)).toMatchObject({ alg: 'RS256' })
  expect(scope).toBe('a b')
  program.interrupt()
  const { code, stderr } = await program.ended
  expect(stderr).toBe(
    'note: --claims has "iss": the token does not fit the printed settings then\n' +
      'note: --claims has "aud": the token does not fit the printed settings then\n',
  )
  expect(code).toBe(0)
  rmSync(folder, { recursive: true })
})

test('--claims may be a file of PowerShell, in UTF-16', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'serve-'))
  const file = join(folder, 'claims.json')
  writeFileSync(file, Buffer.from('\ufeff{"name":"Jürgen"}\r\n', 'utf16le'))
  const { token, program } = await served(['--claims', file])
  const [, payload = ''] = token.split('.', 2)
  expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({ name: 'Jürgen' })
  program.interrupt()
  await program.ended
  rmSync(folder, { recursive: true })
})
