/** What the tests do in every room. */
import type { Page } from 'playwright-core'

export async function enterRoom(page: Page, room: string) {
  await page.getByRole('navigation').getByRole('link', { name: room, exact: true }).click()
  await page.setViewportSize({ width: 1440, height: 900 })
}

export function pressButton(page: Page, name: string) {
  return page.getByRole('button', { name, exact: true }).click()
}
