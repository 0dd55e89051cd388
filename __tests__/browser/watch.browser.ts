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
  await enterRoom(page, 'Watch')
})

afterAll(() => current.end())

async function callWith(button: string) {
  const tried = page.locator('.tried')
  const before = Number(await tried.getAttribute('data-count'))
  await page.locator(button).click()
  await page.locator(`.tried[data-count="${before + 1}"]`).waitFor()
  return (await tried.locator('li').first().textContent())?.replace(/\s+/g, ' ').trim()
}

function isIn(state: string) {
  return page.locator(`.state[data-state=${state}]`).waitFor({ timeout: 30_000 })
}

test('it is there to be looked at before anything happened', async () => {
  await isIn('FRESH')
  expect(await look(page, 'watch-start')).toEqual([])
})

test('with its key endpoint down, a known and a new token open it', async () => {
  expect(await callWith('#call-known')).toMatch('200 OK The known token')
  await pressButton(page, 'Take it down')
  await page.locator('[data-testid=mode]', { hasText: 'down' }).waitFor()

  expect(await callWith('#call-known')).toMatch('200 OK The known token')
  expect(await callWith('#call-new')).toMatch('200 OK A new token')
  expect(await look(page, 'watch-down')).toEqual([])
})

test('once it is past its time, and refreshes fail, it goes on', async () => {
  await isIn('AHEAD')
  expect(await callWith('#call-known')).toMatch('200 OK')
  await isIn('STALE')
  expect(await callWith('#call-known')).toMatch('200 OK')
  expect(await callWith('#call-new')).toMatch('200 OK')
  expect(await look(page, 'watch-stale')).toEqual([])
})

test('the page, which keeps no keys, says so in plain words, and looks again', async () => {
  await enterRoom(page, 'Look inside')
  await pressButton(page, 'RS256')
  await page.getByText('The issuer’s keys cannot be had at the moment.').waitFor()
  await enterRoom(page, 'Call the API')
  await page.locator('[data-breaker="public-key"]').click()
  await page.getByText(/this page keeps none\. .*\/jwks answered 503 Service Unavailable\./).waitFor()
  expect(await look(page, 'call-without-keys')).toEqual([])

  await enterRoom(page, 'Watch')
  await pressButton(page, 'Let it answer')
  await enterRoom(page, 'Look inside')
  await page.getByText('the signature fits.').waitFor()
  await enterRoom(page, 'Watch')
})

test('slow, nobody waits for it', async () => {
  await pressButton(page, 'Make it slow')
  await page.locator('[data-testid=mode]', { hasText: 'slow' }).waitFor()

  const [, milliseconds] = /(\d+) ms/.exec((await callWith('#call-new')) ?? '') ?? []
  expect(Number(milliseconds)).toBeLessThan(500)
})

test('after a rotation, the new key is found within the cool-down', async () => {
  await pressButton(page, 'Let it answer')
  await page.locator('[data-testid=mode]', { hasText: 'up' }).waitFor()
  await pressButton(page, 'Rotate the issuer’s keys')
  await page.getByText('New keys sign since the last click (1).').waitFor()
  const start = Date.now()
  let answer: string | undefined
  do answer = await callWith('#call-new')
  while (!answer?.includes('200 OK') && Date.now() - start < 6000)

  expect(answer).toMatch(/200 OK A new token, demo-ES256-2/)
  expect(await callWith('#call-known')).toMatch('200 OK')
})

test('measures requests a second with and without the token cache', async () => {
  await pressButton(page, 'Measure')
  await page.locator('.bars').waitFor({ timeout: 30_000 })

  const [, cached = 0, uncached = 0] = (await page.locator('.bars dd').allTextContents()).map((text) =>
    Number(text.replace(/\D/g, '')),
  )
  expect(cached).toBeGreaterThan(uncached)
  expect(await look(page, 'watch-measured')).toEqual([])
})

test('the page made no mistake, and asked nobody but the three servers of the demo', () => {
  expect(current.errors).toEqual([])
  expect([...current.origins].toSorted()).toEqual(Object.values(current.servers).toSorted())
})

test('the page made no mistake', () => {
  expect(current.errors).toEqual([])
})
