/** Serves the page: modules with types stripped, libraries and fonts from node_modules. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'
import express from 'express'
import type { Express, RequestHandler, Router } from 'express'
import { installed } from './installed.js'

export interface PageOptions {
  readonly api: string
  readonly issuer: string
  readonly events: RequestHandler
  readonly controls: Router
}

const LIBRARIES = { jose: 'jose/dist/webapi/', 'lit-html': 'lit-html/' }
const FONTS = ['inter', 'jetbrains-mono']
/** The page's own modules, and the `names` module that all parts of the demo share. */
const MODULE = /^\/(?:page\/[a-z/-]+|names)\.js$/

export async function createPage({ api, issuer, events, controls }: PageOptions): Promise<Express> {
  const app = express()
  const html = await readFile(local('page/index.html'), 'utf8')
  const policy = contentSecurityPolicy(html, [api, issuer])

  app.use((_req, res, next) => {
    res.set({
      'Content-Security-Policy': policy,
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
    })
    next()
  })
  // The redirect URI serves the page too, which reads the code from its own URL.
  app.get(['/', '/callback'], (_req, res) => void res.type('html').send(html))
  app.get('/config.json', (_req, res) => void res.json({ api, issuer }))
  app.get('/events', events)
  app.use('/controls', controls)
  app.get(MODULE, serveModule)
  app.use('/page/style', express.static(local('page/style')))
  app.get('/page/icon.svg', (_req, res) => {
    res.sendFile(local('page/icon.svg'))
  })
  for (const [name, folder] of Object.entries(LIBRARIES))
    app.use(`/${name}`, express.static(installed(folder)))
  for (const name of FONTS) app.use('/fonts', express.static(installed(`@fontsource-variable/${name}/files`)))
  return app
}

function local(path: string) {
  return fileURLToPath(new URL(path, import.meta.url))
}

const serveModule: RequestHandler = async (req, res, next) => {
  const file = local(`.${req.path.slice(0, -extname(req.path).length)}.ts`)
  const source = await readFile(file, 'utf8').catch(() => undefined)
  if (source === undefined) {
    next()
    return
  }
  const { code } = await transform(source, { loader: 'ts', sourcemap: 'inline', sourcefile: req.path })
  res.type('js').send(code)
}

/** Allows scripts from this origin only, and the inline import map by its hash. */
function contentSecurityPolicy(html: string, servers: readonly string[]) {
  const [, importMap = ''] = /<script type="importmap">(.*?)<\/script>/s.exec(html) ?? []
  const hash = createHash('sha256').update(importMap).digest('base64')
  return [
    "default-src 'self'",
    `script-src 'self' 'sha256-${hash}'`,
    `connect-src 'self' ${servers.join(' ')}`,
    "img-src 'self' data:",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    `form-action 'self'`,
  ].join('; ')
}
