/** Turns ES modules into other modules, as compilers do. */
import ts from 'typescript'

/** @type {(source: string, module: 'ESNext' | 'CommonJS') => string} */
export const toModule = (source, module) =>
  ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind[module], target: ts.ScriptTarget.ES2022, esModuleInterop: true },
  }).outputText
