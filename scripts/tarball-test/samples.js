/**
 * Sample projects with one Express version, in temporary folders that contain only the packed
 * package and what its user would install. Four serve the README's first example, four test
 * an API with different test runners, and one is a server for MCP.
 */
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { build } from 'esbuild'
import { inSlot } from '../matrix/slots.js'
import { checkServer } from './check-server.js'
import { run } from './run.js'
import { install } from './tarball.js'
import { makeTestRunners } from './test-runners.js'

const templates = path.join(import.meta.dirname, 'project')
const typescript = path.resolve(import.meta.dirname, '../../node_modules/typescript/lib/tsc.js')

/** The oldest and the newest Express in the range of the peer dependency. */
export const expresses = {
  4: ['express@~4.21.0', '@types/express@4', '@types/node@20'],
  5: ['express@5', '@types/express@5', '@types/node@20'],
}

/** @typedef {Readonly<Record<string, string>>} Files File name to text. */

/**
 * Creates a folder with copies of templates, by their new names, and with the other files.
 * @param {string} folder
 * @param {Files} copies
 * @param {Files} [files]
 */
const make = async (folder, copies, files = {}) => {
  await mkdir(folder, { recursive: true })
  for (const [name, template] of Object.entries(copies))
    await copyFile(path.join(templates, template), path.join(folder, name))
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text)
}

/** @param {string} folder */
const compile = (folder) => inSlot(() => run(process.execPath, [typescript, '-p', '.'], folder))

/** @type {(entry: string, outfile: string) => Promise<void>} */
const bundle = async (entry, outfile) => {
  const { warnings } = await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'silent',
  })
  if (warnings.length > 0) throw new Error(`esbuild warns: ${JSON.stringify(warnings, undefined, 2)}`)
}

/**
 * A sample is created once and checked on each Node.js: `check` rejects if it does not work there.
 * @typedef {object} Sample
 * @property {string} name
 * @property {(node: import('../matrix/nodes.js').Node) => Promise<void>} check
 */

/**
 * @param {string} folder
 * @param {Promise<void>} installed
 * @param {import('./readme-example.js').Example} example
 * @returns {Sample[]}
 */
const makeServers = (folder, installed, example) => {
  const { source, runnable, esModule, commonJs } = example
  const at = (/** @type {string} */ name) => path.join(folder, name)
  const bundled = path.join(`${folder}-bundled`, 'bundle.cjs')
  const typed = {
    'start.mts': 'typescript/start.mts',
    'handlers.mts': 'typescript/handlers.mts',
    'entries.mts': 'typescript/entries.mts',
  }

  /** @type {(name: string, program: string, made: Promise<unknown>) => Sample} */
  const server = (name, program, made) => ({
    name,
    check: async (node) => {
      await made
      await inSlot(() => checkServer(node.program, program, example))
    },
  })
  const nodeNext = async () => {
    await installed
    const files = { 'readme.mts': source, 'readme.cts': source, 'runnable.mts': runnable }
    await make(at('nodenext'), { ...typed, 'tsconfig.json': 'typescript/nodenext.json' }, files)
    await compile(at('nodenext'))
  }
  const bundler = async () => {
    await installed
    const files = { 'readme.mts': source, 'runnable.mts': runnable }
    await make(at('bundler'), { ...typed, 'tsconfig.json': 'typescript/bundler.json' }, files)
    await compile(at('bundler'))
    // Outside any node_modules, so that an incomplete bundle fails.
    await bundle(at('bundler/start.mts'), bundled)
  }
  const plain = async (
    /** @type {string} */ name,
    /** @type {Files} */ copies,
    /** @type {Files} */ files,
  ) => {
    await installed
    await make(at(name), copies, files)
  }
  const esm = plain('esm', { 'start.mjs': 'start.mjs' }, { 'runnable.mjs': esModule })
  const cjs = plain('cjs', { 'start.cjs': 'start.cjs' }, { 'runnable.cjs': commonJs })
  return [
    server('esm', at('esm/start.mjs'), esm),
    server('cjs', at('cjs/start.cjs'), cjs),
    server('nodenext', at('nodenext/out/start.mjs'), nodeNext()),
    server('bundler', bundled, bundler()),
  ]
}

/** Both major versions of the MCP SDK: @modelcontextprotocol/sdk, and the packages that followed it. */
const mcpPackages = [
  '@modelcontextprotocol/sdk@1.32',
  ...['server@2.4', 'client@2.4', 'node@2', 'express@2'].map((name) => `@modelcontextprotocol/${name}`),
  'zod@4',
]

/**
 * Compiles `req.auth`, `authInfo` and the types of the MCP SDK together. Then the SDK's client calls
 * a tool, whose handler must learn who calls.
 * @param {string} folder
 * @param {Promise<void>} installed
 * @returns {Sample}
 */
const makeMcp = (folder, installed) => {
  const at = (/** @type {string} */ name) => path.join(folder, name)
  const programs = {
    'app.mts': 'mcp/app.mts',
    'version-1.mts': 'mcp/version-1.mts',
    'version-2.mts': 'mcp/version-2.mts',
  }
  const strict = async () => {
    await make(at('strict'), { ...programs, 'tsconfig.json': 'mcp/nodenext.json' })
    await compile(at('strict'))
  }
  const twoAuths = async () => {
    await make(at('two-auths'), { 'tsconfig.json': 'mcp/two-auths.json', 'app.mts': 'mcp/two-auths.mts' })
    await compile(at('two-auths'))
  }
  const made = installed.then(() => Promise.all([strict(), twoAuths()]))
  return {
    name: 'mcp',
    check: async (node) => {
      await made
      for (const version of ['1', '2'])
        await inSlot(() => run(node.program, [`strict/out/version-${version}.mjs`], folder))
    },
  }
}

/**
 * @param {string} folder
 * @param {readonly string[]} packages Express and its types.
 * @param {Promise<string>} packed
 * @param {{ example: import('./readme-example.js').Example, tests: import('./test-recipes.js').Recipes }} documents
 */
export const makeSamples = (folder, packages, packed, { example, tests }) => {
  const at = (/** @type {string} */ name) => path.join(folder, name)
  /** @type {(name: string, others: readonly string[]) => Promise<void>} */
  const installIn = (name, others) =>
    packed.then((tarball) => install(at(name), [tarball, ...packages, ...others]))
  const servers = makeServers(at('plain'), installIn('plain', []), example)
  return [
    ...servers,
    ...makeTestRunners(at('tests'), installIn('tests', tests.packages), tests.recipes),
    makeMcp(at('mcp'), installIn('mcp', mcpPackages)),
  ]
}
