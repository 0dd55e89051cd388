/**
 * Runs the tests of this repository on another Node.js version, with Express 4 or 5: the suites of
 * the public API on dist/, which is what users install, and the others on lib/.
 */
import { readFile, readdir } from 'node:fs/promises'
import path from 'node:path'
import { run } from '../tarball-test/run.js'
import { describeError } from './describe-error.js'

/**
 * Slow, and the same whatever Node.js and Express: linters, compilers, and programs of their own.
 * `npm test` runs them.
 */
const leftOut = ['demo', 'docs', 'providers', 'tooling', 'types']

/** What runs on dist/. */
const publicSuites = ['express', 'hostile', 'rfc']
const distConfig = '__tests__/package/jest.config.js'

/**
 * The part of Jest's `--json` output that is read here.
 * @typedef {object} Results
 * @property {number} numPassedTests
 * @property {{ name: string, status: string, message: string,
 *   assertionResults: { fullName: string, status: string }[] }[]} testResults
 */

const root = path.resolve(import.meta.dirname, '../..')
const jest = path.join(root, 'node_modules/jest/bin/jest.js')

/** One for all versions: files compiled for one Node.js work on the others. */
const cache = path.join(root, 'node_modules/.cache/matrix/jest')

const tests = path.join(root, '__tests__')

/**
 * The test files that load Express. Other tests do not depend on its version, because lib/ does not
 * load it.
 * @returns {Promise<string[]>}
 */
const filesWithExpress = async () => {
  const names = (await readdir(tests, { recursive: true })).filter((name) => name.endsWith('.ts'))
  const files = names.map((name) => path.join(tests, name))
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  return files.filter((_, index) => / from 'express5?'$/m.test(texts[index] ?? ''))
}

/** Maximum length of Jest's message about one file. */
const maxMessageLength = 1500

/** @param {Results['testResults']} testResults */
const describeFailures = (testResults) => {
  const failed = testResults.filter(({ status }) => status === 'failed')
  const titles = failed.flatMap(({ name, assertionResults }) => {
    const tests = assertionResults.filter(({ status }) => status === 'failed')
    const file = path.relative(root, name)
    return tests.length === 0 ? `${file} did not run` : tests.map(({ fullName }) => `${file}: ${fullName}`)
  })
  return [...titles, ...failed.map(({ message }) => message.slice(0, maxMessageLength))].join('\n')
}

/** @type {(names: readonly string[]) => string} */
const inFolders = (names) => `/__tests__/(${names.join('|')})/`

/**
 * The tests on dist/, or those on lib/. Of the latter, Express 5 runs all, Express 4 only those that
 * load it.
 * @param {'dist' | 'lib'} tested
 * @param {string} express
 */
const select = async (tested, express) => {
  if (tested === 'dist') return ['--config', distConfig, inFolders(publicSuites)]
  const skip = `--testPathIgnorePatterns=${inFolders([...leftOut, ...publicSuites, 'package'])}`
  return express === '4' ? [skip, '--findRelatedTests', ...(await filesWithExpress())] : [skip]
}

/**
 * Resolves to the number of passed tests; rejects with the titles of failed ones.
 * @param {import('./nodes.js').Node} node
 * @param {'dist' | 'lib'} tested
 * @param {string} express Its major version.
 * @param {string} folder A folder for the results.
 */
export const runSuite = async (node, tested, express, folder) => {
  const file = path.join(folder, `${tested}-${node.version}-express-${express}.json`)
  const searchPath = `${path.dirname(node.program)}${path.delimiter}${process.env['PATH']}`
  const env = { ...process.env, EXPRESS_MAJOR: express, PATH: searchPath }
  const options = [
    '--json',
    `--outputFile=${file}`,
    `--cacheDirectory=${cache}`,
    // One process each, because the slots distribute the processors.
    '--maxWorkers=1',
  ]
  const args = [jest, ...options, ...(await select(tested, express))]
  /** @type {{ error?: unknown }} */
  const { error } = await run(node.program, args, root, env).then(
    () => ({}),
    (/** @type {unknown} */ reason) => ({ error: reason }),
  )
  const written = await readFile(file, 'utf8').catch(() => undefined)
  /** @type {unknown} */
  const results = written === undefined ? undefined : JSON.parse(written)
  const { numPassedTests, testResults } = /** @type {Results} */ (
    results ?? { numPassedTests: 0, testResults: [] }
  )
  if (error === undefined) return numPassedTests
  throw new Error(describeFailures(testResults) || describeError(error))
}
