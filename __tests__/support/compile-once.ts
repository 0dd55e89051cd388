/**
 * Compiles each module once per process. Jest compiles all of them anew for each test file, which
 * takes 30 ms; a script of Node.js, with the functions in it that V8 compiled since, serves all.
 */
import vm from 'node:vm'
import type { CompileFunctionOptions } from 'node:vm'

const COMPILED = Symbol.for('express-resource-server tests: compiled modules')

interface Compiled {
  readonly source: string
  readonly script: vm.Script
}

function compileOnce(
  compiled: Map<string, Compiled>,
  source: string,
  parameters: readonly string[],
  { filename = '', parsingContext }: CompileFunctionOptions,
): unknown {
  const known = compiled.get(filename)
  const { script } = known?.source === source ? known : compile(source, parameters, filename)
  if (script !== known?.script) compiled.set(filename, { source, script })
  return script.runInContext(parsingContext!)
}

function compile(source: string, parameters: readonly string[], filename: string): Compiled {
  const head = `(function (${parameters.join(',')}) {`
  // The columns of the first line stay those of the module.
  return { source, script: new vm.Script(`${head}${source}\n})`, { filename, columnOffset: -head.length }) }
}

// Jest runs this for each file, but modules of Node.js live as long as the process.
if (!Reflect.has(vm.compileFunction, COMPILED)) {
  const { compileFunction } = vm
  const compiled = new Map<string, Compiled>()
  const replacement = (
    source: string,
    parameters: readonly string[] = [],
    options: CompileFunctionOptions = {},
  ) =>
    options.parsingContext === undefined
      ? compileFunction(source, parameters, options)
      : compileOnce(compiled, source, parameters, options)
  vm.compileFunction = Object.assign(replacement as typeof compileFunction, { [COMPILED]: true })
}
