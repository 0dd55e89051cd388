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

  test('an encrypted token says so, shows its header only, and is refused', async () => {
    await press('encrypted (JWE)')
    await press('Try it with GET /me')

    await page.getByText('Refused: ERR_TOKEN_MALFORMED, hint encrypted_token').waitFor()
    await page.getByText('The token is encrypted (JWE), and this API has no key to decrypt it.').waitFor()
    expect(await page.locator('.part.header').textContent()).toContain('RSA-OAEP-256')
    expect(await page.locator('.part.payload dt').count()).toBe(5)
    expect(await look(page, 'inside-encrypted')).toEqual([])
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
    expect(await page.locator('.ladder .passed').count()).toBe(7)
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
  ])('broken (%s), it is refused with %i at the step %s', async (breaker, status, step, code, rfc) => {
    const button = page.locator(`[data-breaker="${breaker}"]`)
    const title = await button.textContent()
    await button.click()

    await page.getByRole('heading', { name: title ?? '', exact: true }).waitFor()
    expect(await page.locator('.outcome .badge').textContent()).toMatch(String(status))
    expect(await page.locator('.ladder .refused strong').textContent()).toBe(step)
    expect(await page.locator('[aria-labelledby="result"]').textContent()).toContain(code)
    expect(await page.locator('[aria-labelledby="result"]').textContent()).toContain(rfc)
    if (breaker === 'scope') expect(await look(page, 'call-scope')).toEqual([])
  })

  test('an encrypted token is refused with its hint, and breakers replace it', async () => {
    await enter('Look inside')
    await press('encrypted (JWE)')
    await page.locator('.part.header', { hasText: 'RSA-OAEP-256' }).waitFor()
    await enter('Call the API')
    await press('Send')
    await page.getByText('The token is encrypted (JWE), and this API has no key to decrypt it.').waitFor()
    expect(await page.locator('[aria-labelledby="result"]').textContent()).toContain('hint encrypted_token')
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

test('the webhook sends all messages of its sequence', async () => {
  await enter('Webhook')
  expect(await look(page, 'webhook-start')).toEqual([])
  await press('Run it')
  await page.getByText('Refused: the same assertion again').waitFor()

  expect(await page.locator('.sequence .ahead').count()).toBe(0)
  const steps = await page.locator('.story > li > h4').allTextContents()
  expect(steps.map((text) => text.replace(/\s+/g, ' ').trim())).toEqual([
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
  for (const room of ['Get a token', 'Look inside', 'Call the API', 'Watch', 'Webhook']) {
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
