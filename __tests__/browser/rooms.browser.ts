import type { Page } from 'playwright-core'
import { look } from './support/look.js'
import { enterRoom, pressButton } from './support/navigate.js'
import type { Visit } from './support/visit.js'
import { visit } from './support/visit.js'

let current: Visit
let page: Page

beforeAll(async () => {
  current = await visit()
  page = current.page
})

afterAll(() => current.end())

const enter = (room: string) => enterRoom(page, room)
const storySteps = async () => {
  const steps = await page.locator('.story > li > h4').allTextContents()
  return steps.map((text) => text.replace(/\s+/g, ' ').trim())
}
const press = (name: string) => pressButton(page, name)

describe('look inside', () => {
  beforeAll(() => enter('Look inside'))

  test('says where to get a token if there is none', async () => {
    await page.getByText('You have no token yet.').waitFor()
    expect(await look(page, 'inside-empty')).toEqual([])
    await enter('Call the API')
    expect(await look(page, 'call-empty')).toEqual([])
    await enter('Look inside')
  })

  test.each(['RS256', 'PS256', 'ES256', 'EdDSA', 'HS256'])('a token signed with %s', async (algorithm) => {
    await press(algorithm)

    await page.locator('.part.header', { hasText: algorithm }).waitFor()
    await page.getByText('the signature is valid.').waitFor()
    expect(await page.locator('.part.payload .left').textContent()).toMatch(/^\s*\d+ min \d\d s left\s*$/)
    if (algorithm === 'ES256' || algorithm === 'HS256') {
      expect(await look(page, `inside-${algorithm}`)).toEqual([])
    }
  })

  test('an encrypted token shows its header only', async () => {
    await press('encrypted (JWE)')

    await page.locator('.part.header', { hasText: 'RSA-OAEP-256' }).waitFor()
    expect(await page.locator('.part.payload dt').count()).toBe(5)
    expect(await page.locator('main').textContent()).not.toContain('orders:read')
    expect(await look(page, 'inside-encrypted')).toEqual([])
  })

  test('the API’s key opens it step by step, down to the claims', async () => {
    await press('Decrypt it with the API’s key')

    await page.getByText('GET /me accepts the encrypted token').waitFor()
    expect(await storySteps()).toEqual([
      'Part 1, the header, names the key',
      'The API’s private key decrypts part 2, the content key',
      'The content key decrypts part 4, the content',
      'Inside, a signed JWT, whose header names the issuer’s key',
      'Its claims',
      'GET /me accepts the encrypted token 200 OK',
    ])
    const steps = page.locator('.story > li')
    expect(await steps.nth(0).locator('pre').textContent()).toContain('"kid": "api-encryption"')
    expect(await steps.nth(1).locator('pre').textContent()).toMatch(/^(?:[0-9a-f]{2} ){31}[0-9a-f]{2}$/)
    expect(await steps.nth(2).locator('pre').textContent()).toMatch(/^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+$/)
    expect(await steps.nth(3).textContent()).toContain('the signature is valid.')
    expect(await steps.nth(4).textContent()).toContain('orders:read')
    expect(await look(page, 'inside-decrypted')).toEqual([])
  })

  test('an opaque token shows nothing, and the authorization server says what it stands for', async () => {
    await press('opaque')
    await page.getByRole('heading', { name: 'Opaque: nothing to read' }).waitFor()
    expect(await page.locator('.part.header').count()).toBe(0)
    expect(await page.locator('#time-left').textContent()).toBe(
      'This token is opaque, so its lifetime is not readable here.',
    )
    expect(await look(page, 'inside-opaque')).toEqual([])
    await press('Ask as the API does')

    await page.getByText('GET /me accepts the opaque token').waitFor()
    expect(await storySteps()).toEqual([
      'The page asked the authorization server, in the API’s name 200 OK',
      'The token is active',
      'GET /me accepts the opaque token 200 OK',
    ])
    expect(await page.locator('.story dl').textContent()).toContain('orders:read')
    expect(await look(page, 'inside-opaque-asked')).toEqual([])
  })

  test('each token keeps its steps', async () => {
    const list = page.getByRole('combobox', { name: 'Token' })
    await list.selectOption({ label: 'Encrypted · RSA-OAEP-256' })
    await page.getByText('GET /me accepts the encrypted token').waitFor()
    await list.selectOption({ label: 'Opaque' })
    await page.getByText('GET /me accepts the opaque token').waitFor()
  })

  test('the list always shows the current token', async () => {
    await page.getByRole('combobox', { name: 'Token' }).selectOption({ label: 'Signed with RS256' })
    await page.locator('.part.header', { hasText: 'RS256' }).waitFor()
    await press('PS256')
    await page.locator('.part.header', { hasText: 'PS256' }).waitFor()

    expect(await page.getByRole('combobox', { name: 'Token' }).locator('option:checked').textContent()).toBe(
      'Signed with PS256',
    )
  })
})

describe('call the API', () => {
  beforeAll(async () => {
    await enter('Look inside')
    await press('ES256')
    await page.getByText('the signature is valid.').waitFor()
    await enter('Call the API')
  })

  test('a valid token passes every step', async () => {
    await press('Send')

    await page.getByText('The request passed every step.').waitFor()
    expect(await page.locator('.ladder .passed').count()).toBe(8)
    const [request, answer] = await page.locator('.results .wire pre').allTextContents()
    expect(request).toMatch(
      /^GET \/orders HTTP\/1\.1\nHost: 127\.0\.0\.1:\d+\nAuthorization: Bearer eyJ[\w.-]+$/,
    )
    expect(answer).toMatch(
      /^HTTP\/1\.1 200 OK\nContent-Length: \d+\nContent-Type: application\/json; charset=utf-8\n/,
    )
    expect(await look(page, 'call-good')).toEqual([])
  })

  test.each([
    ['bit', 401, 'Signature', 'ERR_SIGNATURE_INVALID', 'RFC 7515 §5.2'],
    ['claims', 401, 'Signature', 'ERR_SIGNATURE_INVALID', 'RFC 7515 §5.2'],
    ['none', 401, 'Format', 'ERR_ALGORITHM_NOT_ALLOWED', 'RFC 8725 §3.1'],
    ['public-key', 401, 'Format', 'ERR_ALGORITHM_NOT_ALLOWED', 'RFC 8725 §3.1'],
    ['expired', 401, 'Format', 'ERR_TOKEN_EXPIRED', 'RFC 7519 §4.1.4'],
    ['audience', 401, 'Claims', 'ERR_AUDIENCE_MISMATCH', 'RFC 7519 §4.1.3'],
    ['issuer', 401, 'Issuer', 'ERR_ISSUER_UNKNOWN', 'RFC 8725 §3.8'],
    ['key', 401, 'Key', 'ERR_KEY_UNKNOWN', 'RFC 7515 §4.1.4'],
    ['scope', 403, 'Guards', 'ERR_SCOPE_INSUFFICIENT', 'RFC 6750 §3.1'],
    ['query', 401, 'Credentials', 'ERR_CREDENTIALS_MISSING', 'RFC 6750 §3'],
    ['twice', 400, 'Credentials', 'ERR_CREDENTIALS_MALFORMED', 'RFC 6750 §2.1'],
    ['ciphertext', 401, 'Decryption', 'ERR_DECRYPTION_FAILED', 'RFC 7516 §5.2'],
    ['encrypt', 401, 'Format', 'ERR_TOKEN_MALFORMED, hint unsigned_token', 'RFC 7515 §7.1'],
    ['guess', 401, 'Introspection', 'ERR_TOKEN_INACTIVE', 'RFC 7662 §2.2'],
  ])('broken (%s), it is refused with %i at the step %s', async (breaker, status, step, code, rfc) => {
    const button = page.locator(`[data-breaker="${breaker}"]`)
    const title = await button.textContent()
    await button.click()

    await page.getByRole('heading', { name: title ?? '', exact: true }).waitFor()
    expect(await page.locator('.outcome .badge').textContent()).toMatch(String(status))
    expect(await page.locator('.ladder .refused strong').textContent()).toBe(step)
    expect(await page.locator('[aria-labelledby="result"]').textContent()).toContain(code)
    expect(await page.locator('[aria-labelledby="result"]').textContent()).toContain(rfc)
    if (breaker === 'scope' || breaker === 'encrypt') expect(await look(page, `call-${breaker}`)).toEqual([])
  })

  test.each([
    ['encrypted (JWE)', 'Encrypted', 9],
    ['opaque', 'Opaque', 5],
  ])('a token that is %s passes every step, and breakers replace it', async (button, name, steps) => {
    await enter('Look inside')
    await press(button)
    await page.getByRole('heading', { name: `${name}: ` }).waitFor()
    await enter('Call the API')
    await press('Send')
    await page.getByText('The request passed every step.').waitFor()
    expect(await page.locator('.ladder .passed').count()).toBe(steps)
    await page.locator('[data-breaker="bit"]').click()

    await page.getByText('The signature is not valid').waitFor()
  })

  test('a public route does not look at the token', async () => {
    await page.getByLabel('Route').selectOption('public')
    await press('Send')

    await page.getByText('This route is public.').waitFor()
    expect(await page.locator('.ladder').count()).toBe(0)
    await page.getByLabel('Route').selectOption('read')
  })

  test('in a small window, the result of a click scrolls into view', async () => {
    await page.setViewportSize({ width: 380, height: 700 })
    await page.evaluate('scrollTo(0, 0)')
    await page.locator('[data-breaker="twice"]').click()
    const heading = page.getByRole('heading', { name: 'Two tokens at once' })
    await heading.waitFor()

    const { y = Infinity } = (await heading.boundingBox()) ?? {}
    expect(y).toBeLessThan(600)
    await page.setViewportSize({ width: 1440, height: 900 })
  })

  test('the page shows the parts of the challenge', async () => {
    await page.locator('[data-breaker="scope"]').click()

    const apart = page.locator('[aria-labelledby="apart"] dt')
    await apart.first().waitFor()
    expect(await apart.allTextContents()).toEqual(['Bearer', 'error', 'error_description', 'scope'])
  })
})

describe('take a token back', () => {
  beforeAll(() => enter('Take back'))

  test('an opaque token is revoked at the authorization server, and refused at once', async () => {
    expect(await look(page, 'take-back-start')).toEqual([])
    await press('opaque')
    await page.locator('option:checked', { hasText: 'Opaque' }).waitFor({ state: 'attached' })
    await press('Revoke it as the shop')

    await page.getByText('another token of the same client').waitFor()
    expect(await storySteps()).toEqual([
      'GET /me accepts the token 200 OK',
      'The shop takes it back at the authorization server 200 OK',
      'GET /me refuses the token 401 Unauthorized',
      'GET /me accepts another token of the same client 200 OK',
    ])
    expect(await page.locator('.story > li').nth(2).textContent()).toContain('(ERR_TOKEN_INACTIVE)')
    expect(await look(page, 'take-back-opaque')).toEqual([])
  })

  test.each(['signed', 'encrypted'])('a token that is %s is revoked by its ID at the API', async (kind) => {
    const title = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`
    await press(kind)
    await page.locator('option:checked', { hasText: title }).waitFor({ state: 'attached' })
    await press('Store its ID')

    await page.getByText('another token of the same client').waitFor()
    expect(await storySteps()).toEqual([
      'GET /me accepts the token 200 OK',
      'The API’s operator stores the ID of the token',
      'GET /me refuses the token 401 Unauthorized',
      'GET /me accepts another token of the same client 200 OK',
    ])
    expect(await page.locator('.story > li').nth(2).textContent()).toContain('(ERR_TOKEN_REVOKED)')
    if (kind === 'encrypted') expect(await look(page, 'take-back-encrypted')).toEqual([])
  })

  test('the authorization server cannot take back a JWT', async () => {
    await press('signed')
    await page.locator('option:checked', { hasText: 'Signed' }).waitFor({ state: 'attached' })
    await press('Revoke it as the shop')

    await page.getByText('GET /me still accepts the token').waitFor()
    expect(await storySteps()).toEqual([
      'GET /me accepts the token 200 OK',
      'The authorization server cannot take it back 400 Bad Request',
      'GET /me still accepts the token 200 OK',
    ])
  })

  test('the API has no ID of an opaque token', async () => {
    await press('opaque')
    await page.locator('option:checked', { hasText: 'Opaque' }).waitFor({ state: 'attached' })
    await press('Store its ID')

    await page.getByText('There is no ID to store').waitFor()
    expect(await storySteps()).toHaveLength(2)
  })

  test('the keyboard takes a token back', async () => {
    await page.getByRole('button', { name: 'signed', exact: true }).focus()
    await page.keyboard.press('Enter')
    await page.locator('option:checked', { hasText: 'Signed' }).waitFor({ state: 'attached' })
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent.trim()')).toBe('Store its ID')
    await page.keyboard.press('Enter')

    await page.getByText('another token of the same client').waitFor()
    expect(await page.evaluate('document.activeElement.textContent.trim()')).toBe('Store its ID')
  })
})

test('the webhook sends all messages of its sequence', async () => {
  await enter('Webhook')
  expect(await look(page, 'webhook-start')).toEqual([])
  await press('Run it')
  await page.getByText('Refused: the same assertion again').waitFor()

  expect(await page.locator('.sequence .ahead').count()).toBe(0)
  expect(await storySteps()).toEqual([
    'Generate a key pair',
    'Register the public key with the authorization server 201 Created',
    'Sign a client assertion with the private key',
    'Exchange it for an access token 200 OK',
    'Call the webhook with it 200 OK',
    'See what is refused',
    'Refused: a tampered token 401 Unauthorized',
    'Refused: a token for another API 401 Unauthorized',
    'Refused: a token without the scope 403 Forbidden',
    'Refused: an expired token 401 Unauthorized',
    'Refused: the same assertion again 401 Unauthorized',
  ])
  expect(await look(page, 'webhook-end')).toEqual([])
})

test('the keyboard reaches every room', async () => {
  await page.goto(`${current.servers.page}/#/token`)
  await page.reload()
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.keyboard.press('Tab')
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content')
  await page.keyboard.press('Tab')
  for (const room of ['Get a token', 'Look inside', 'Call the API', 'Take back', 'Watch', 'Webhook']) {
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe(room)
  }
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'The webhook' }).waitFor()
  expect(await page.evaluate('document.activeElement.id')).toBe('room')
})

test('keyboard users keep their place', async () => {
  const focused = () => page.evaluate('document.activeElement.textContent.trim()')
  await enter('Call the API')
  await page.keyboard.press('Shift+Tab')
  await page.evaluate('document.querySelector(".skip").focus()')
  await page.keyboard.press('Enter')
  // The page redraws every second, and must still show this room then.
  await page.waitForTimeout(1100)
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Call the API')
  expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('none')

  await page.getByRole('button', { name: 'Send', exact: true }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'The unchanged request' }).waitFor()
  expect(await focused()).toBe('Send')

  await enter('Webhook')
  await page.getByRole('button', { name: 'Run it' }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('Register the public key').waitFor()
  expect(await focused()).toBe('Run it')
  await page.getByText('Refused: the same assertion again').waitFor()
})

test('the page logged no error and contacted only the three servers of the demo', () => {
  expect(current.errors).toEqual([])
  expect([...current.origins].toSorted()).toEqual(Object.values(current.servers).toSorted())
})
