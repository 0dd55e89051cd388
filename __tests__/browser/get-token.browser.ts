import type { Page } from 'playwright-core'
import { look } from './support/look.js'
import { enterRoom } from './support/navigate.js'
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
  await page.getByText('You have a token.').waitFor()
  const steps = page.locator('.story > li > h4')
  const texts = (await steps.allTextContents()).map((text) => text.replace(/\s+/g, ' ').trim())
  return texts.slice(texts.findIndex((text) => text.startsWith('GET /me accepts')))
}

const ACCEPTED = 'GET /me accepts the access token 200 OK'
const NOT_WRITE = 'POST /orders refuses it 403 Forbidden'
const NOT_ID_TOKEN = 'GET /me refuses the ID token 401 Unauthorized'

test('authorization code with PKCE: a real redirect, login and consent', async () => {
  await choose('Authorization code with PKCE')
  expect(await look(page, 'token-start')).toEqual([])
  await page.locator('form[data-grant] button.primary').click()

  await page.waitForURL(`${current.servers.issuer}/interaction/**`)
  expect(await look(page, 'login')).toEqual([])
  await signIn('alice', 'through the looking-glass')
  await page.getByText('Wrong name or password.').waitFor()
  expect(await page.getByLabel('Name').inputValue()).toBe('alice')
  expect(await look(page, 'login-wrong')).toEqual([])
  await signIn('alice', 'wonderland')
  await page.getByRole('heading', { name: 'Allow access?' }).waitFor()
  expect(await look(page, 'consent')).toEqual([])
  await page.getByRole('button', { name: 'Allow' }).click()

  expect(await ending()).toEqual([ACCEPTED, NOT_WRITE, NOT_ID_TOKEN])
  expect(page.url()).toBe(`${current.servers.page}/#/token`)
  await page.getByText('Request and response').first().click()
  expect(await look(page, 'token-code')).toEqual([])
})

test('an ID token is refused as one, not as a token for another API', async () => {
  await enterRoom(page, 'Call the API')
  await page.getByLabel('the ID token').check()
  await page.getByRole('button', { name: 'Send', exact: true }).click()

  const result = page.locator('[aria-labelledby="result"]')
  await result.getByText('It is for the client, not for APIs.').waitFor()
  expect(await result.textContent()).toMatch(/ERR_(AUDIENCE_MISMATCH|NOT_AN_ACCESS_TOKEN)/)
  expect(await result.textContent()).not.toMatch(/another API/)
  expect(await look(page, 'call-id-token')).toEqual([])
})

test('a user who denies the request returns without a token', async () => {
  await choose('Authorization code with PKCE')
  await page.getByLabel('orders:write').check()
  await page.locator('form[data-grant] button.primary').click()
  await page.getByRole('button', { name: 'Deny' }).click()

  await page.getByText('You returned without a token: The user denied the request.').waitFor()
})

test('a sign-in that no longer exists says so', async () => {
  await page.goto(`${current.servers.issuer}/interaction/over`)

  await page.getByText('This sign-in has already ended or has expired.').waitFor()
  expect(await look(page, 'login-over')).toEqual([])
})

test('the authorization server rejects an unknown application', async () => {
  await page.goto(`${current.servers.issuer}/auth?client_id=nobody&response_type=code`)

  await page.getByText('This server does not know the application that sent you here.').waitFor()
  expect(await look(page, 'authorization-refused')).toEqual([])
})

test('scopes ticked for one grant are not ticked for the next', async () => {
  await choose('Authorization code with PKCE')
  await page.getByLabel('orders:write').check()
  await page.getByRole('button', { name: 'Device flow' }).click()

  expect(await page.getByLabel('orders:write').isChecked()).toBe(false)
  await page.getByRole('button', { name: 'Refresh', exact: true }).click()
  expect(await page.locator('.story > li').count()).toBe(0)
})

test('refresh: the next token without a sign-in', async () => {
  await choose('Refresh')
  await page.getByRole('button', { name: 'Refresh the latest token' }).click()

  expect(await ending()).toEqual([ACCEPTED, NOT_WRITE, NOT_ID_TOKEN])
  expect(await look(page, 'token-refresh')).toEqual([])
})

test('client credentials with a secret', async () => {
  await choose('Client credentials with a secret')
  await page.getByRole('button', { name: 'Request as the shop' }).click()

  expect(await ending()).toEqual([ACCEPTED, NOT_WRITE])
  expect(await look(page, 'token-secret')).toEqual([])
})

test('client credentials with an assertion that is shown before it is sent', async () => {
  await choose('Client credentials with a signed assertion')
  await page.getByRole('button', { name: 'Generate a key pair and sign' }).click()
  await page.getByText('The assertion is signed but not sent yet').waitFor()
  expect(await look(page, 'token-assertion')).toEqual([])
  await page.getByRole('button', { name: 'Send the assertion' }).click()

  expect(await ending()).toEqual([ACCEPTED, NOT_WRITE])
})

test('implicit, marked as legacy', async () => {
  await choose('Implicit')
  await page.getByText('legacy: do not use').waitFor()
  await page.locator('form[data-grant] button.primary').click()
  await page.getByRole('button', { name: 'Allow' }).click()

  expect(await ending()).toEqual([ACCEPTED, NOT_WRITE, NOT_ID_TOKEN])
  expect(page.url()).not.toMatch('access_token')
  expect(await look(page, 'token-implicit')).toEqual([])
})

test('resource owner password, marked as legacy', async () => {
  await choose('Resource owner password')
  await page.getByText('legacy: do not use').waitFor()
  await page.getByRole('button', { name: 'Hand over the password' }).click()

  expect(await ending()).toEqual([ACCEPTED, NOT_WRITE])
  expect(await look(page, 'token-password')).toEqual([])
})

test('a wrong password is refused with an explanation', async () => {
  await choose('Resource owner password')
  await page.locator('input[name=password]').fill('through the looking-glass')
  await page.getByRole('button', { name: 'Hand over the password' }).click()

  await page
    .getByText('The authorization server refused the request: the password, code or refresh token is wrong')
    .waitFor()
  expect(await look(page, 'token-password-wrong')).toEqual([])
})

test('device flow: the code is confirmed in another tab', async () => {
  await choose('Device flow')
  await page.getByRole('button', { name: 'Request as the TV' }).click()
  const [phone] = await Promise.all([
    page.waitForEvent('popup'),
    page.getByText('Play the user: open it in a new tab').click(),
  ])
  await phone.getByRole('heading', { name: 'Is this your device?' }).waitFor()
  expect(await look(phone, 'device-confirm')).toEqual([])
  await phone.getByRole('button', { name: 'Yes, continue' }).click()
  await phone.getByRole('button', { name: 'Allow' }).click()
  await phone.getByText('You can close this page.').waitFor()
  await phone.close()

  expect(await ending()).toEqual([ACCEPTED, NOT_WRITE, NOT_ID_TOKEN])
  expect(await look(page, 'token-device')).toEqual([])
})

test('device flow: a user who did not start it stops it', async () => {
  await choose('Device flow')
  await page.getByRole('button', { name: 'Request as the TV' }).click()
  const [phone] = await Promise.all([
    page.waitForEvent('popup'),
    page.getByText('Play the user: open it in a new tab').click(),
  ])
  await phone.getByRole('heading', { name: 'Is this your device?' }).waitFor()
  await phone.goto(`${current.servers.issuer}/device`)
  await phone.getByLabel('Code').fill('BCDF-GHJK')
  await phone.getByRole('button', { name: 'Continue' }).click()
  await phone.getByText('This code is unknown or has already been used.').waitFor()
  expect(await look(phone, 'device-code')).toEqual([])
  const [, code = ''] = /shows (\S+)/.exec((await page.getByText('The TV shows').textContent()) ?? '') ?? []
  await phone.getByLabel('Code').fill(code)
  await phone.getByRole('button', { name: 'Continue' }).click()
  await phone.getByRole('button', { name: 'Stop' }).click()
  await phone.getByText('You stopped the sign-in. The device gets no access.').waitFor()
  await phone.close()

  await page.getByText('The authorization server refused the request: the user denied it').waitFor()
})

test('the page logged no error and contacted only the three servers of the demo', () => {
  expect(current.errors).toEqual([])
  expect([...current.origins].toSorted()).toEqual(Object.values(current.servers).toSorted())
})
