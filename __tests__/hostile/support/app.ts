/**
 * The API under attack: resource servers are mounted on it while it runs, in this process or in a
 * child.
 */
import express from 'express'
import type { Express, Request, Response } from 'express'
import { requireScopes, resourceServer } from 'express-resource-server'
import type { ResourceServer, ResourceServerOptions } from 'express-resource-server'

/** Plain data, because the API may run in a child process. */
export interface Mount {
  readonly path: string
  readonly options: ResourceServerOptions
  /** The scopes that the route requires. Default `['read']`. */
  readonly scopes?: readonly string[]
}

export interface Api {
  readonly app: Express
  mount(mount: Mount): ResourceServer
  /** Ignores what `Object.prototype` holds by now: no request caused it. */
  forget(): void
}

export function createApi(): Api {
  const app = express()
  let known = new Set(inherited())
  app.use(express.urlencoded({ extended: true }), express.json({ strict: false }), express.text())
  const routes = express.Router()
  app.use(routes)
  return {
    app,
    forget: () => void (known = new Set(inherited())),
    mount(mount) {
      const { path, options } = mount
      const scopes = Object.hasOwn(mount, 'scopes') ? mount.scopes : undefined
      const server = resourceServer(options)
      const [first = 'read', ...others] = scopes ?? []
      const isOptional = Object.hasOwn(options, 'optional') && options.optional === true
      const guards = isOptional ? [] : [requireScopes(first, ...others)]
      routes.use(path, server, ...guards, ({ auth }: Request, res: Response) => {
        const seen = auth && { ...auth, hasRead: auth.hasScope('read') }
        const added = inherited().filter((name) => !known.has(name))
        res.json({ seen: seen ?? null, isAdmin: Reflect.get(auth ?? {}, 'isAdmin') ?? null, added })
      })
      return server
    },
  }
}

/** The enumerable members of `Object.prototype`: none, unless it was polluted. */
function inherited(): string[] {
  const names: string[] = []
  for (const name in {}) names.push(name)
  return names
}
