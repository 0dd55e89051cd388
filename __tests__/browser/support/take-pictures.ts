/**
 * Takes the pictures for docs/: `npx tsx __tests__/browser/support/take-pictures.ts`. The package
 * contains them, so shrink them afterwards: `pngquant --ext .png --force --strip docs/images/*.png`.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { visit } from './visit.js'

const FOLDER = join(process.cwd(), 'docs/images')

async function keep(what: Page | Locator, name: string) {
  await what.screenshot({ path: join(FOLDER, `${name}.png`) })
}

async function takePictures(page: Page) {
  await page.setViewportSize({ width: 1100, height: 760 })
  await page.getByRole('button', { name: 'Authorization code with PKCE' }).click()
  await keep(page, 'get-a-token')

  await page.locator('form[data-grant] button.primary').click()
  await page.getByLabel('Name').fill('alice')
  await page.getByLabel('Password').fill('wonderland')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Allow access?' }).waitFor()
  await keep(page.locator('main'), 'consent')
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.getByText('You have a token.').waitFor()

  await page.getByRole('link', { name: 'Look inside', exact: true }).first().click()
  await page.getByText('the signature is valid.').waitFor()
  await page.setViewportSize({ width: 1280, height: 1000 })
  await keep(page, 'look-inside')

  await page.setViewportSize({ width: 1100, height: 760 })
  await page.getByRole('link', { name: 'Call the API', exact: true }).click()
  await page.locator('[data-breaker="claims"]').click()
  await page.locator('.ladder').waitFor()
  await keep(page.locator('[aria-labelledby="result"]'), 'refused')

  await page.getByRole('link', { name: 'Webhook' }).click()
  await page.getByRole('button', { name: 'Run it' }).click()
  await page.getByText('Refused: the same assertion again').waitFor()
  await keep(page.locator('[aria-labelledby="sequence"]'), 'webhook')

  await page.getByRole('link', { name: 'Watch' }).click()
  await page.getByRole('button', { name: 'with a known token' }).click()
  await page.getByRole('button', { name: 'Take it down' }).click()
  await page.locator('.state[data-state=AHEAD]').waitFor()
  await page.getByRole('button', { name: 'with a known token' }).click()
  await page.locator('.state[data-state=STALE]').waitFor()
  await page.getByRole('button', { name: 'with a known token' }).click()
  await page.getByRole('button', { name: 'with a new token' }).click()
  await page.locator('.tried[data-count="4"]').waitFor()
  await keep(page.locator('.halves'), 'watch')
}

mkdirSync(FOLDER, { recursive: true })
const { page, end } = await visit()
try {
  await takePictures(page)
} finally {
  await end()
}
