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
  return page.locator(`.state[data-state=${state}]`).waitFor()
}

test('the room shows the state before anything has happened', async () => {
  await isIn('FRESH')
  expect(await look(page, 'watch-start')).toEqual([])
})

test('with the key endpoint down, the API accepts a known and a new token', async () => {
  expect(await callWith('#call-known')).toMatch('200 OK Known token')
  await pressButton(page, 'Take it down')
  await page.locator('[data-testid=mode]', { hasText: 'down' }).waitFor()

  expect(await callWith('#call-known')).toMatch('200 OK Known token')
  expect(await callWith('#call-new')).toMatch('200 OK New token')
  expect(await look(page, 'watch-down')).toEqual([])
})

test('past their lifetime, the keys still serve while refreshes fail', async () => {
  await isIn('AHEAD')
  expect(await callWith('#call-known')).toMatch('200 OK')
  await isIn('STALE')
  expect(await callWith('#call-known')).toMatch('200 OK')
  expect(await callWith('#call-new')).toMatch('200 OK')
  expect(await look(page, 'watch-stale')).toEqual([])
})

test('the page, which caches no keys, says so and tries again', async () => {
  await enterRoom(page, 'Look inside')
  await pressButton(page, 'RS256')
  await page.getByText('The issuer’s keys are unavailable at the moment.').waitFor()
  await enterRoom(page, 'Call the API')
  await page.locator('[data-breaker="public-key"]').click()
  await page
    .getByText(/this page does not cache them\. .*\/jwks responded with 503 Service Unavailable\./)
    .waitFor()
  expect(await look(page, 'call-without-keys')).toEqual([])

  await enterRoom(page, 'Watch')
  await pressButton(page, 'Bring it up')
  await enterRoom(page, 'Look inside')
  await page.getByText('the signature is valid.').waitFor()
  await enterRoom(page, 'Watch')
})

test('no request waits for a slow refresh', async () => {
  do {
    await callWith('#call-known')
    await page.waitForTimeout(1000)
  } while ((await page.locator('.state[data-state=FRESH]').count()) === 0)
  await pressButton(page, 'Make it slow')
  await page.locator('[data-testid=mode]', { hasText: 'slow' }).waitFor()
  await isIn('AHEAD')
  const refreshes = page.locator('.events tr', { hasText: 'refreshed' })
  const before = await refreshes.count()
  expect(await callWith('#call-new')).toMatch('200 OK')
  await refreshes.nth(before).waitFor()

  // Newest first: the request that started the refresh was accepted before the keys arrived.
  const events = await page.locator('.events tbody tr').allTextContents()
  const refreshed = events.findIndex((text) => text.includes('refreshed'))
  expect(events[refreshed + 1]).toMatch('accepted')
})

test('after a rotation, the API finds the new key, and a new tab knows of the rotation', async () => {
  await pressButton(page, 'Bring it up')
  await page.locator('[data-testid=mode]', { hasText: 'up' }).waitFor()
  await pressButton(page, 'Rotate the issuer’s keys')
  await page.getByText('The authorization server has rotated its keys once since it started.').waitFor()
  let answer: string | undefined
  do answer = await callWith('#call-new')
  while (!answer?.includes('200 OK'))

  expect(answer).toMatch(/200 OK New token, demo-ES256-2/)
  expect(await callWith('#call-known')).toMatch('200 OK')
  const tab = await page.context().newPage()
  await tab.goto(`${current.servers.page}/#/watch`)
  await tab.getByText('The authorization server has rotated its keys once since it started.').waitFor()
  await tab.close()
})

test('measures requests per second with and without the token cache', async () => {
  await pressButton(page, 'Measure')
  await page.locator('.bars').waitFor()

  const figures = await page.locator('.bars dd').allTextContents()
  expect(figures.map((text) => text.trim())).toEqual(
    Array(3).fill(expect.stringMatching(/^[1-9][\d,]* per second$/)),
  )
  expect(await look(page, 'watch-measured')).toEqual([])
})

test('the page logged no error and contacted only the three servers of the demo', () => {
  expect(current.errors).toEqual([])
  expect([...current.origins].toSorted()).toEqual(Object.values(current.servers).toSorted())
})
