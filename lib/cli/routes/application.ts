/** Finds the application in a module of the user, without letting it listen. */
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { isObject, own } from '../../core/base/own.js'
import { ConfigurationError } from '../../core/errors/errors.js'
import { createTestIssuer, routesOf } from '../../testing/index.js'
import type { ListedRoute } from '../../testing/index.js'
import { UsageError } from '../command.js'
import { contained } from './containment.js'
import type { Containment } from './containment.js'

const APPLICATIONS: readonly string[] = ['default', 'app', 'module.exports']
const MAKERS: readonly string[] = ['default', 'createApp', 'makeApp', 'app', 'module.exports']

const WHAT_TO_EXPORT =
  'export it as default or as app, or by module.exports, or export a function createApp(options) that makes it'

/** Throws a UsageError if the module cannot be imported or has no application. */
export async function routesOfModule(containment: Containment, cwd: string): Promise<readonly ListedRoute[]> {
  const { file } = containment
  return contained(containment, async () => {
    const exported = await importModule(file, cwd)
    for (const candidate of candidatesOf(exported, APPLICATIONS)) {
      const found = routesIn(await candidate)
      if (found !== undefined) return found
    }
    return routesOfMade(file, exported)
  })
}

/** What a function makes of the options of a test issuer, which needs no network. */
async function routesOfMade(file: string, exported: unknown): Promise<readonly ListedRoute[]> {
  const { options } = createTestIssuer()
  let reason = ''
  for (const make of candidatesOf(exported, MAKERS)) {
    if (typeof make !== 'function') continue
    try {
      const found = routesIn(await (make as (given: object) => unknown)(options))
      if (found !== undefined) return found
    } catch (thrown) {
      reason ||= `. Its function ${make.name || 'without a name'} throws if it is called with the options of resourceServer: ${reasonOf(thrown)}`
    }
  }
  throw new UsageError(`${file} exports no application of Express: ${WHAT_TO_EXPORT}${reason}`)
}

async function importModule(file: string, cwd: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(path.resolve(cwd, file)).href)
  } catch (thrown) {
    throw new UsageError(`${file} cannot be imported: ${reasonOf(thrown)}`)
  }
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : 'it throws something that is not an Error'
}

/** TypeScript, compiled to CommonJS, has its exports one step deeper. */
function candidatesOf(exported: unknown, names: readonly string[]): ReadonlySet<unknown> {
  const outer = names.map((name) => memberOf(exported, name))
  return new Set([...outer, ...outer.flatMap((each) => names.map((name) => memberOf(each, name)))])
}

/** A namespace of a module has no prototype, and its members are its own. */
function memberOf(value: unknown, name: string): unknown {
  return isObject(value) ? own(value, name) : undefined
}

function routesIn(candidate: unknown): readonly ListedRoute[] | undefined {
  try {
    return routesOf(candidate as object)
  } catch (thrown) {
    if (thrown instanceof ConfigurationError) return undefined
    throw thrown
  }
}
