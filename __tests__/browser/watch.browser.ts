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

test('the page made no mistake', () => {
  expect(current.errors).toEqual([])
})
