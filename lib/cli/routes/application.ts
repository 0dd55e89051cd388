/** Finds the application in a module of the user, without letting it listen. */
import { Server } from 'node:net'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { isObject, own } from '../../core/base/own.js'
import { ConfigurationError } from '../../core/errors/errors.js'
import { routesOf } from '../../testing/index.js'
import type { ListedRoute } from '../../testing/index.js'
import { UsageError } from '../command.js'

/** Throws a UsageError if the module cannot be imported or has no application. */
export async function routesOfModule(file: string, cwd: string): Promise<readonly ListedRoute[]> {
  const exported = await withoutListening(() => importModule(file, cwd))
  for (const candidate of candidatesOf(exported)) {
    const found = routesIn(await candidate)
    if (found !== undefined) return found
  }
  throw new UsageError(
    `${file} exports no application of Express: export it as default or as app, or by module.exports`,
  )
}

async function importModule(file: string, cwd: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(path.resolve(cwd, file)).href)
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : 'it throws something that is not an Error'
    throw new UsageError(`${file} cannot be imported: ${reason}`)
  }
}

/** TypeScript, compiled to CommonJS, has its exports one step deeper. */
function candidatesOf(exported: unknown): readonly unknown[] {
  const names = ['default', 'app', 'module.exports']
  const outer = names.map((name) => memberOf(exported, name))
  return [...outer, ...outer.flatMap((each) => names.map((name) => memberOf(each, name)))]
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

/** Many applications listen as soon as they are imported. */
async function withoutListening<T>(run: () => Promise<T>): Promise<T> {
  const original = Object.getOwnPropertyDescriptor(Server.prototype, 'listen')
  const listen = function listen(this: Server): Server {
    return this
  }
  Reflect.defineProperty(Server.prototype, 'listen', { ...original, value: listen })
  try {
    return await run()
  } finally {
    if (original !== undefined) Reflect.defineProperty(Server.prototype, 'listen', original)
  }
}
