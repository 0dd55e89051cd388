/**
 * Builds dist/: one JavaScript file and one declaration file for each entry of the package, one of
 * each that the entries share, and the program of the command line. Run `tsc -p tsconfig.build.json` first for the declarations of lib/.
 */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { transform } from 'esbuild'
import { dts } from 'rollup-plugin-dts'
import { readEntries } from './entries.js'
import { PROGRAM, sharedChunk } from './shared-chunk.js'

const root = path.resolve(import.meta.dirname, '../..')
const entries = readEntries()

/** @type {(folder: string, extension: string) => Record<string, string>} */
const inputs = (folder, extension) =>
  Object.fromEntries(
    entries.map((entry) => [entry.name, path.join(root, folder, entry.folder, `index${extension}`)]),
  )

const program = { [PROGRAM]: path.join(root, `lib/${PROGRAM}/index.ts`) }

/**
 * Erases types file by file, as Node does.
 * @type {import('rollup').Plugin}
 */
const typescript = {
  name: 'typescript',
  resolveId: (specifier, importer) =>
    importer !== undefined && specifier.startsWith('.')
      ? path.resolve(path.dirname(importer), specifier.replace(/\.js$/, '.ts'))
      : undefined,
  transform: async (code, id) => {
    const tsconfigRaw = { compilerOptions: { target: 'ES2022', verbatimModuleSyntax: true } }
    const output = await transform(code, { loader: 'ts', target: 'node20.19', sourcefile: id, tsconfigRaw })
    // The program imports whole entries: Rollup would follow what they re-export, and split them.
    return { code: output.code, moduleSideEffects: id.endsWith('/index.ts') ? 'no-treeshake' : true }
  },
}

/**
 * Removes the comment above the imports of a file. Rollup removes these imports, and the comment
 * would become the documentation of the first declaration.
 * @type {import('rollup').Plugin}
 */
const withoutHeaders = {
  name: 'without-headers',
  transform: (code) => code.replace(/^\/\*\*(?:(?!\*\/).)*\*\/\s*(?=import |export (?:type )?\{)/s, ''),
}

/**
 * Tells the tests which files of lib/ are in each file of dist/.
 * @type {import('rollup').Plugin}
 */
const contents = {
  name: 'contents',
  writeBundle: async (_options, bundle) => {
    const modules = Object.entries(bundle).map(([file, chunk]) => [
      file,
      'moduleIds' in chunk ? chunk.moduleIds.map((id) => path.relative(path.join(root, 'lib'), id)) : [],
    ])
    await writeFile(path.join(root, '.cache/dist-contents.json'), JSON.stringify(Object.fromEntries(modules)))
  },
}

/** @type {(specifier: string) => boolean} */
const isExternal = (specifier) => !specifier.startsWith('.') && !path.isAbsolute(specifier)

/**
 * @param {Record<string, string>} input
 * @param {import('rollup').Plugin[]} plugins
 * @param {string} extension
 * @returns {import('rollup').RollupOptions}
 */
const target = (input, plugins, extension) => ({
  input,
  external: isExternal,
  plugins,
  onwarn: (warning) => {
    // Only members of public types mention such a type. The sample projects of scripts/tarball-test
    // emit their own declarations, which shows that TypeScript can name what it needs.
    if (warning.plugin === 'dts' && warning.message.includes('with no public re-export')) return
    throw new Error(warning.message)
  },
  output: {
    dir: path.join(root, 'dist'),
    format: 'es',
    entryFileNames: `[name]${extension}`,
    chunkFileNames: `[name]${extension}`,
    manualChunks: sharedChunk,
    minifyInternalExports: false,
    banner: (chunk) => (chunk.name === PROGRAM && chunk.isEntry ? '#!/usr/bin/env node' : ''),
  },
})

export default [
  target({ ...inputs('lib', '.ts'), ...program }, [typescript, contents], '.js'),
  target(inputs('.cache/declarations', '.d.ts'), [withoutHeaders, dts()], '.d.ts'),
]
