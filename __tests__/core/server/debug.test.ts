/** The debug lines of refusals, as a developer sees them: by NODE_DEBUG in a process of its own. */
import { spawnSync } from 'node:child_process'
import { readText } from '../../docs/support/source.js'
import { childScript } from '../../support/child-scripts.js'

const script = childScript('support/debug-process.ts')

function linesWith(NODE_DEBUG: string | undefined): readonly string[] {
  const { status, stderr } = spawnSync(process.execPath, ['--no-warnings', script], {
    env: { ...process.env, NODE_OPTIONS: '', NODE_DEBUG },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return stderr.split('\n').filter((line) => line !== '')
}

const DOCS = 'node_modules/express-resource-server/docs/errors.md#'

describe('With NODE_DEBUG=express-resource-server', () => {
  const lines = linesWith('express-resource-server').map((line) =>
    line.replace(/^EXPRESS-RESOURCE-SERVER \d+: /, ''),
  )
  const lineOf = (path: string): string => {
    const found = lines.filter((line) => line.startsWith(`GET ${path} `))
    expect(found).toHaveLength(1)
    return found[0] ?? ''
  }

  test('each refusal is one line, and nothing else is written', () => {
    expect(lines.filter((line) => !line.startsWith('GET /'))).toEqual([])
    expect(lines).toHaveLength(26)
  })

  test.each([
    ['/anonymous', '401 ERR_CREDENTIALS_MISSING'],
    ['/issuer', '401 ERR_ISSUER_UNKNOWN'],
    ['/audience', '401 ERR_AUDIENCE_MISMATCH (audience_trailing_slash)'],
    ['/scope', '403 ERR_SCOPE_INSUFFICIENT'],
    ['/role', '403 ERR_ROLE_INSUFFICIENT'],
  ])('the line of %s has method, path, status, code and hint', (path, reason) => {
    expect(lineOf(path)).toContain(`GET ${path} refused: ${reason}`)
  })

  test.each([
    ['/issuer', 'Expected: "https://issuer.test", "https://other.test".'],
    ['/audience', 'Expected: "https://api.test".'],
    ['/scope', 'Expected: "orders:read".'],
    ['/role', 'Expected: "admin".'],
    ['/missing', 'Expected: "azp".'],
    ['/claim', 'Expected: "org.tenant: acme".'],
    ['/login', 'Expected: "acr: gold", "amr: mfa", "maxAgeSeconds: 300".'],
    ['/both', 'Expected: "maxAgeSeconds: 300", "orders:read".'],
    ['/actor', 'Expected: "issuer: https://login.test", "clientId: helpdesk".'],
    ['/details', 'Expected: "type: payment".'],
    ['/algorithm', 'Expected: "ES384", "ES512".'],
    ['/age', 'Expected: "maxTokenAgeSeconds: 10".'],
    ['/type', 'Expected: "profile: at+jwt".'],
    ['/kind', 'Expected: "jti: a", "jti: b".'],
    ['/proof', 'Expected: "publicUrl: https://api.test/v1", "publicUrl: https://localhost".'],
  ])('the line of %s names what was configured', (path, expected) => {
    expect(lineOf(path)).toContain(expected)
  })

  test.each([
    [
      '/keys',
      '503 ERR_KEYS_UNAVAILABLE',
      'Cause: http://127.0.0.1:1/keys: network (connection refused). Try: npx express-resource-server check --issuer <issuer> --jwks-uri http://127.0.0.1:1/keys.',
    ],
    [
      '/discovery',
      '503 ERR_KEYS_UNAVAILABLE',
      'Cause: http://127.0.0.1:1: network (connection refused). Try: npx express-resource-server check --issuer http://127.0.0.1:1. node_modules',
    ],
    [
      '/introspection',
      '503 ERR_INTROSPECTION_UNAVAILABLE',
      'Cause: http://127.0.0.1:1/introspect: network (connection refused). Try: npx express-resource-server check --issuer https://issuer.test.',
    ],
    [
      '/unusable',
      '503 ERR_KEYS_UNAVAILABLE',
      'Cause: https://keys.test/jwks: no usable key (symmetric key, malformed, not a jwk).',
    ],
    ['/resolver', '503 ERR_KEYS_UNAVAILABLE', 'Cause: network (connection refused). node_modules'],
  ])('the line of %s says why nobody can tell, and what to try', (path, reason, cause) => {
    expect(lineOf(path)).toContain(reason)
    expect(lineOf(path)).toContain(cause)
  })

  test('a line names nothing where nothing is compared', () => {
    expect(lineOf('/anonymous')).not.toContain('Expected')
  })

  test('a report-only server says that it let the request pass', () => {
    expect(lineOf('/report')).toContain('would be refused: 401 ERR_AUDIENCE_MISMATCH')
  })

  test('nothing of a token or of a query is written', () => {
    expect(lines.join('\n')).not.toContain('s3cr3t')
    expect(lines.join('\n')).not.toContain('eyJ')
    expect(lines.join('\n')).not.toContain('access_token')
  })

  test('a request can neither fill the log nor put strange characters into it', () => {
    expect(lines.join('')).toMatch(/^[\x20-\x7e]+$/)
    for (const line of lines) expect(line.length).toBeLessThan(600)
  })

  test('each line links to the section of its code, which is there', () => {
    const page = readText('docs/errors.md')
    const anchors = lines.map((line) => line.slice(line.indexOf(DOCS) + DOCS.length))
    expect(new Set(anchors).size).toBeGreaterThan(5)
    expect(anchors.filter((anchor) => !page.includes(`<a id="${anchor}"></a>`))).toEqual([])
  })
})

test('Without it, or with the name of something else, nothing is written', () => {
  const ours = linesWith('express,resource-server').filter((line) => line.includes('ERR_'))
  expect(ours).toEqual([])
})
