/** Takes screenshots at both widths, light and dark, and checks accessibility with axe-core. */
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

const FOLDER = join(process.cwd(), '__tests__/browser/screenshots')
const AXE = createRequire(join(process.cwd(), 'package.json')).resolve('axe-core/axe.min.js')

/** Returns the serious and critical violations with their places. */
export async function look(page: Page, name: string): Promise<string[]> {
  mkdirSync(FOLDER, { recursive: true })
  const found: string[] = []
  for (const width of [380, 1440]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      const looks = `${name}-${width}-${colorScheme}`
      await page.screenshot({ path: join(FOLDER, `${looks}.png`), fullPage: true })
      found.push(...(await violations(page)).map((each) => `${looks}: ${each}`))
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
      if (Number(overflow) > 0) found.push(`${looks}: wider than the window by ${String(overflow)} px`)
    }
  }
  return found
}

async function violations(page: Page) {
  // Evaluated, because the page's policy blocks foreign scripts.
  await page.evaluate(await source())
  const results = await page.evaluate<AxeResults>('axe.run()')
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id} at ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(' | ')}`,
    )
}

let loaded: Promise<string> | undefined

function source() {
  loaded ??= import('node:fs/promises').then(({ readFile }) => readFile(AXE, 'utf8'))
  return loaded
}
