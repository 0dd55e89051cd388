/** Type-checks texts as if they were files of a project that has this package installed. */
import { join } from 'node:path'
import ts from 'typescript'
import { ROOT } from './source.js'

/** The tsconfig.json of a careful user. */
const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts'],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  types: ['node', 'jest'],
  typeRoots: [join(ROOT, 'node_modules', '@types')],
  paths: {
    'express-resource-server': [join(ROOT, 'lib', 'index.ts')],
    'express-resource-server/*': [join(ROOT, 'lib', '*', 'index.ts')],
  },
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  skipLibCheck: true,
  noEmit: true,
}

/** The folder of the texts. It does not exist. */
const FOLDER = join(ROOT, '__tests__', 'virtual')

/** Declarations of the platform and of packages, shared by all programs. */
const parsed = new Map<string, ts.SourceFile | undefined>()

/**
 * The compiler's findings for each text, as `<line>: <message>` with lines counted from 1. All
 * texts belong to one program, so that they see each other's global declarations.
 */
export function problemsOf(texts: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  const paths = new Map([...texts].map(([name, text]) => [join(FOLDER, name), text]))
  const host = ts.createCompilerHost(OPTIONS)
  const { getSourceFile, fileExists, readFile, directoryExists } = host
  host.directoryExists = (path) => path === FOLDER || directoryExists?.(path) === true
  host.fileExists = (path) => paths.has(path) || fileExists(path)
  host.readFile = (path) => paths.get(path) ?? readFile(path)
  host.getSourceFile = (path, languageVersion, ...rest) => {
    const text = paths.get(path)
    if (text !== undefined) return ts.createSourceFile(path, text, languageVersion)
    if (!parsed.has(path)) parsed.set(path, getSourceFile(path, languageVersion, ...rest))
    return parsed.get(path)
  }
  const program = ts.createProgram([...paths.keys()], OPTIONS, host)
  const problems = [...texts.keys()].map((name): [string, readonly string[]] => {
    const source = program.getSourceFile(join(FOLDER, name))
    if (source === undefined) throw new Error(`${name}: not in the program`)
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    return [name, found.map(describe)]
  })
  return new Map(problems)
}

function describe({ file, start = 0, messageText }: ts.Diagnostic): string {
  const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1
  return `${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
}
