/**
 * Checks that everything works on every supported Node.js with Express 4 and 5: runs the sample
 * projects and the tests of this repository on each version, and prints a table. Versions can be
 * given as arguments. `--samples` skips the tests of this repository.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { readExample } from '../tarball-test/readme-example.js'
import { expresses, makeSamples } from '../tarball-test/samples.js'
import { pack } from '../tarball-test/tarball.js'
import { readTestRecipes } from '../tarball-test/test-recipes.js'
import { describeError } from './describe-error.js'
import { installNode } from './nodes.js'
import { inSlot } from './slots.js'
import { runSuite } from './suite.js'
import { layOut } from './table.js'

const root = path.resolve(import.meta.dirname, '../..')
const supported = ['20', '22', '24', '26']
const given = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const versions = given.length > 0 ? given : supported
const isSamplesOnly = process.argv.includes('--samples')

/** Removed, because everything must work without these. */
delete process.env['NODE_OPTIONS']
delete process.env['NODE_NO_WARNINGS']

/** @typedef {import('./nodes.js').Node} Node */

/**
 * @typedef {object} Column
 * @property {string} title
 * @property {(node: Node, row: number) => Promise<string | undefined>} check Resolves to the cell's text.
 */

/** @param {string} folder */
const makeColumns = async (folder) => {
  const read = (/** @type {string} */ name) => readFile(path.join(root, name), 'utf8')
  const documents = {
    example: readExample(await read('README.md')),
    tests: readTestRecipes(await read('docs/testing.md')),
  }
  const packed = inSlot(() => pack(folder))
  return Object.entries(expresses).flatMap(([express, packages]) => {
    const samples = makeSamples(path.join(folder, `express-${express}`), packages, packed, documents)
    /** @type {Column[]} */
    const columns = samples.map(({ name, check }) => ({
      title: `${express} ${name}`,
      check: async (node) => {
        await check(node)
        return 'ok'
      },
    }))
    /** @type {(tested: 'dist' | 'lib') => Column} */
    const suite = (tested) => ({
      title: `${express} ${tested}`,
      check: async (node, row) => {
        // The oldest Node.js is enough for Express 4, which runs the same tests.
        if (express === '4' && row > 0) return undefined
        // Packing builds dist/.
        await packed
        return `${await inSlot(() => runSuite(node, tested, express, folder))} ok`
      },
    })
    return isSamplesOnly ? columns : [...columns, suite('dist'), suite('lib')]
  })
}

/** @type {Map<unknown, string[]>} From an error to where it occurred. */
const failures = new Map()
let passed = 0

/** @type {(where: string, work: () => Promise<string | undefined>) => Promise<string>} */
const check = async (where, work) => {
  const seconds = () => `${Math.round(performance.now() / 1000)} s`.padStart(5)
  try {
    const cell = await work()
    if (cell === undefined) return '-'
    passed++
    console.log(`${seconds()}  ${cell.padEnd(8)}  ${where}`)
    return cell
  } catch (error) {
    failures.set(error, [...(failures.get(error) ?? []), where])
    console.log(`${seconds()}  FAIL      ${where}`)
    return 'FAIL'
  }
}

/** @type {(columns: readonly Column[], version: string, row: number) => Promise<string[]>} */
const checkRow = async (columns, version, row) => {
  const installing = installNode(version)
  const cells = columns.map(({ title, check: work }) =>
    check(`Node ${version}, Express ${title}`, async () => work(await installing, row)),
  )
  const label = await installing.then(
    (node) => node.version,
    () => version,
  )
  return [label, ...(await Promise.all(cells))]
}

/** @param {string} folder */
const main = async (folder) => {
  const columns = await makeColumns(folder)
  const rows = await Promise.all(versions.map((version, row) => checkRow(columns, version, row)))
  for (const [error, places] of failures) console.log(`\nFAIL  ${places.join('; ')}\n${describeError(error)}`)
  const failed = [...failures.values()].flat().length
  console.log(`\n${layOut([['Node', ...columns.map(({ title }) => title)], ...rows])}\n`)
  console.log(`${passed} passed, ${failed} failed`)
  if (failed > 0) process.exitCode = 1
}

const folder = await mkdtemp(path.join(tmpdir(), 'matrix-'))
try {
  await main(folder)
} finally {
  await rm(folder, { recursive: true, force: true })
}
