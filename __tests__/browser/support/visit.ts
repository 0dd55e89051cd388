/** Starts the demo in its own process, and opens its page in Chromium. */
import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'
import type { Child } from '../../demo/support/child.js'
import { run } from '../../demo/support/child.js'

const FLAGS = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** For what does not happen at all: the longest real wait is 30 s, until keys are past their TTL. */
const WAIT_MS = 120_000

export interface Visit {
  readonly page: Page
  /** Errors of the page itself. Omits refusals by the API, which Chromium logs too. */
  readonly errors: readonly string[]
  /** Every server that the page has contacted. */
  readonly origins: ReadonlySet<string>
  readonly servers: { readonly page: string; readonly api: string; readonly issuer: string }
  end(): Promise<void>
}

export async function visit(): Promise<Visit> {
  const demo = run('demo/main.ts', '--port', '0', '--issuer-port', '0', '--page-port', '0')
  const servers = await addressesOf(demo)
  const browser = await launch()
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' })
  const page = await context.newPage()
  page.setDefaultTimeout(WAIT_MS)

  const errors: string[] = []
  const origins = new Set<string>()
  context.on('request', (request) => origins.add(new URL(request.url()).origin))
  context.on('weberror', (error) => errors.push(String(error.error())))
  context.on('console', (message) => {
    const isRefusal = /^Failed to load resource: the server responded with a status of (400|401|403|503)/
    const { url } = message.location()
    if (message.type() === 'error' && !(isRefusal.test(message.text()) && !url.startsWith(servers.page))) {
      errors.push(`${message.text()} ${url}`)
    }
  })

  await page.goto(servers.page)
  return {
    page,
    errors,
    origins,
    servers,
    async end() {
      await browser.close()
      await demo.interrupt()
    },
  }
}

function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: FLAGS })
}

async function addressesOf(demo: Child) {
  const { input } = await demo.until(/Ctrl-C.*\n/)
  const [page = '', api = '', issuer = ''] = input.match(/http:\/\/127\.0\.0\.1:\d+/g) ?? []
  return { page, api, issuer }
}
