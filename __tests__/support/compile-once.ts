/**
 * Compiles each module once per process. Jest compiles all of them anew for each test file, which
 * takes 30 ms.
 */
import vm from 'node:vm'

const COMPILED = Symbol.for('express-resource-server tests: compiled modules')

interface Compiled {
  readonly source: string
  readonly cachedData: Buffer | undefined
}

const { compileFunction } = vm

function compileOnce(
  compiled: Map<string | undefined, Compiled>,
  ...[source, parameters, options = {}]: Parameters<typeof compileFunction>
): ReturnType<typeof compileFunction> {
  const known = compiled.get(options.filename)
  if (known?.source === source && known.cachedData !== undefined)
    return compileFunction(source, parameters, { ...options, cachedData: known.cachedData })
  const made = compileFunction(source, parameters, { ...options, produceCachedData: true })
  compiled.set(options.filename, { source, cachedData: made.cachedData })
  return made
}

// Jest runs this for each file, but modules of Node.js live as long as the process.
if (!Reflect.has(vm.compileFunction, COMPILED)) {
  const compiled = new Map<string | undefined, Compiled>()
  const replacement: typeof compileFunction = (...args) => compileOnce(compiled, ...args)
  vm.compileFunction = Object.assign(replacement, { [COMPILED]: true })
}
