import type { Page } from 'playwright-core'
import { look } from './support/look.js'
import type { Visit } from './support/visit.js'
import { visit } from './support/visit.js'

let current: Visit
let page: Page

beforeAll(async () => {
  current = await visit()
  page = current.page
})

afterAll(() => current.end())

async function choose(title: string) {
  await page.goto(`${current.servers.page}/#/token`)
  await page.getByRole('button', { name: title, exact: true }).click()
}

async function signIn(name: string, password: string) {
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** The last steps of each story, and the statuses that its requests got. */
async function ending() {
  await page.getByText('The token is yours.').waitFor()
  const steps = page.locator('.story > li > h4')
  const texts = (await steps.allTextContents()).map((text) => text.replace(/\s+/g, ' ').trim())
  return texts.slice(texts.findIndex((text) => text.startsWith('The access token opens')))
}

const OPENS = 'The access token opens GET /me 200 OK'
const NOT_WRITE = 'It does not open POST /orders 403 Forbidden'
const NOT_ID_TOKEN = 'The ID token opens nothing 401 Unauthorized'

test('authorization code with PKCE: a real redirect, login and consent', async () => {
  await choose('Authorization code with PKCE')
  expect(await look(page, 'token-start')).toEqual([])
  await page.locator('form[data-grant] button.primary').click()

  await page.waitForURL(`${current.servers.issuer}/interaction/**`)
  expect(await look(page, 'login')).toEqual([])
  await signIn('alice', 'through the looking-glass')
  await page.getByText('That name and password do not go together.').waitFor()
  expect(await page.getByLabel('Name').inputValue()).toBe('alice')
  expect(await look(page, 'login-wrong')).toEqual([])
  await signIn('alice', 'wonderland')
  await page.getByRole('heading', { name: 'Do you agree?' }).waitFor()
  expect(await look(page, 'consent')).toEqual([])
  await page.getByRole('button', { name: 'Allow' }).click()

  expect(await ending()).toEqual([OPENS, NOT_WRITE, NOT_ID_TOKEN])
  expect(page.url()).toBe(`${current.servers.page}/#/token`)
  await page.getByText('As it was on the wire').first().click()
  expect(await look(page, 'token-code')).toEqual([])
})

test('somebody who says no comes back without a token', async () => {
  await choose('Authorization code with PKCE')
  await page.getByLabel('orders:write').check()
  await page.locator('form[data-grant] button.primary').click()
  await page.getByRole('button', { name: 'Deny' }).click()

  await page.getByText('You came back without a token: The user said no.').waitFor()
})

test('whoever comes back to a sign-in that is over is told so', async () => {
  await page.goto(`${current.servers.issuer}/interaction/over`)

  await page.getByText('This sign-in is over, or it took too long.').waitFor()
  expect(await look(page, 'login-over')).toEqual([])
})

test('a page that the authorization server does not know is told so', async () => {
  await page.goto(`${current.servers.issuer}/auth?client_id=nobody&response_type=code`)

  await page.getByText('The page that sent you here is none that this server knows.').waitFor()
  expect(await look(page, 'authorization-refused')).toEqual([])
})

test('what was ticked for one way is not ticked for the next', async () => {
  await choose('Authorization code with PKCE')
  await page.getByLabel('orders:write').check()
  await page.getByRole('button', { name: 'Device flow' }).click()

  expect(await page.getByLabel('orders:write').isChecked()).toBe(false)
  await page.getByRole('button', { name: 'Refresh', exact: true }).click()
  expect(await page.locator('.story > li').count()).toBe(0)
})

test('refresh: the next token, without anybody there', async () => {
  await choose('Refresh')
  await page.getByRole('button', { name: 'Refresh the latest token' }).click()

  expect(await ending()).toEqual([OPENS, NOT_WRITE, NOT_ID_TOKEN])
  expect(await look(page, 'token-refresh')).toEqual([])
})

test('client credentials with a secret', async () => {
  await choose('Client credentials with a secret')
  await page.getByRole('button', { name: 'Ask as the shop' }).click()

  expect(await ending()).toEqual([OPENS, NOT_WRITE])
  expect(await look(page, 'token-secret')).toEqual([])
})

test('client credentials with an assertion, which is shown before it is sent', async () => {
  await choose('Client credentials with a signed assertion')
  await page.getByRole('button', { name: 'Make a key pair, sign' }).click()
  await page.getByText('The assertion is signed, and not sent yet').waitFor()
  expect(await look(page, 'token-assertion')).toEqual([])
  await page.getByRole('button', { name: 'Send the assertion' }).click()

  expect(await ending()).toEqual([OPENS, NOT_WRITE])
})

test('implicit, marked as legacy', async () => {
  await choose('Implicit')
  await page.getByText('legacy: do not use').waitFor()
  await page.locator('form[data-grant] button.primary').click()
  await page.getByRole('button', { name: 'Allow' }).click()

  expect(await ending()).toEqual([OPENS, NOT_WRITE, NOT_ID_TOKEN])
  expect(page.url()).not.toMatch('access_token')
  expect(await look(page, 'token-implicit')).toEqual([])
})

test('resource owner password, marked as legacy', async () => {
  await choose('Resource owner password')
  await page.getByText('legacy: do not use').waitFor()
  await page.getByRole('button', { name: 'Hand over the password' }).click()

  expect(await ending()).toEqual([OPENS, NOT_WRITE])
  expect(await look(page, 'token-password')).toEqual([])
})

test('a wrong password is refused in plain words', async () => {
  await choose('Resource owner password')
  await page.locator('input[name=password]').fill('through the looking-glass')
  await page.getByRole('button', { name: 'Hand over the password' }).click()

  await page
    .getByText('The authorization server refused: the password, code or refresh token is wrong')
    .waitFor()
  expect(await look(page, 'token-password-wrong')).toEqual([])
})

test('device flow: the code is confirmed in another tab', async () => {
  await choose('Device flow')
  await page.getByRole('button', { name: 'Ask as the television' }).click()
  const [phone] = await Promise.all([
    page.waitForEvent('popup'),
    page.getByText('Play the person: open it in a new tab').click(),
  ])
  await phone.getByRole('heading', { name: 'Is this your device?' }).waitFor()
  expect(await look(phone, 'device-confirm')).toEqual([])
  await phone.getByRole('button', { name: 'It is mine, continue' }).click()
  await phone.getByRole('button', { name: 'Allow' }).click()
  await phone.getByText('You can close this page.').waitFor()
  await phone.close()

  expect(await ending()).toEqual([OPENS, NOT_WRITE, NOT_ID_TOKEN])
  expect(await look(page, 'token-device')).toEqual([])
})

test('device flow: somebody who did not ask for it stops it', async () => {
  await choose('Device flow')
  await page.getByRole('button', { name: 'Ask as the television' }).click()
  const [phone] = await Promise.all([
    page.waitForEvent('popup'),
    page.getByText('Play the person: open it in a new tab').click(),
  ])
  await phone.getByRole('heading', { name: 'Is this your device?' }).waitFor()
  await phone.goto(`${current.servers.issuer}/device`)
  await phone.getByLabel('Code').fill('BCDF-GHJK')
  await phone.getByRole('button', { name: 'Continue' }).click()
  await phone.getByText('That is not a code we know, or it was used.').waitFor()
  expect(await look(phone, 'device-code')).toEqual([])
  const [, code = ''] =
    /shows (\S+)/.exec((await page.getByText('The television shows').textContent()) ?? '') ?? []
  await phone.getByLabel('Code').fill(code)
  await phone.getByRole('button', { name: 'Continue' }).click()
  await phone.getByRole('button', { name: 'Stop' }).click()
  await phone.getByText('You stopped it. The device gets nothing.').waitFor()
  await phone.close()

  await page.getByText('The authorization server refused: the person said no').waitFor()
})

test('the page made no mistake, and asked nobody but the three servers of the demo', () => {
  expect(current.errors).toEqual([])
  expect([...current.origins].toSorted()).toEqual(Object.values(current.servers).toSorted())
})
