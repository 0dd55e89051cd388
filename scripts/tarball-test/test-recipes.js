/** The test of an API from docs/testing.md, in the variants for each test runner. */
import assert from 'node:assert/strict'
import { toModule } from './transpile.js'

/** @typedef {Readonly<Record<string, string>>} Files File name to text. */

/**
 * @typedef {object} Recipe
 * @property {string} name
 * @property {Files} files
 * @property {readonly string[]} args What Node.js runs: its options, and the program of the runner.
 */

/**
 * @typedef {object} Recipes
 * @property {readonly Recipe[]} recipes
 * @property {readonly string[]} packages The runners, and what the tests and configurations name.
 */

/** The major version that Node.js 20 runs. */
const vitest = 'vitest@4'

/**
 * @param {string} document
 * @returns {Recipes}
 */
export const readTestRecipes = (document) => {
  const blocks = [...document.matchAll(/^```js\n(.*?)^```$/gms)].map(([, block]) => block ?? '')
  /** @type {(what: string, pattern: RegExp) => string} */
  const find = (what, pattern) => {
    const block = blocks.find((each) => pattern.test(each))
    assert(block !== undefined, `docs/testing.md has no ${what}`)
    return block
  }
  const app = find('app.js', /^\/\/ app\.js\n/)
  const nodeTest = find('app.test.js', /^\/\/ app\.test\.js\n/)
  const [first] = /^import .* from 'node:test'\n/m.exec(nodeTest) ?? []
  assert(first !== undefined, "app.test.js does not import 'node:test'")
  const config = find('jest.config.js with babel-jest', /module\.exports = .*'babel-jest'/s)

  /** @type {(test: string) => Files} */
  const esModules = (test) => ({ 'package.json': '{ "type": "module" }', 'app.js': app, 'app.test.js': test })
  const jest = ['../node_modules/jest/bin/jest.js']
  return {
    packages: ['jest', 'supertest', vitest, ...packagesIn(config)],
    recipes: [
      { name: 'node-test', files: esModules(nodeTest), args: ['--test'] },
      {
        name: 'vitest',
        files: esModules(nodeTest.replace(first, find('head for Vitest', /for Vitest\n/))),
        args: ['../node_modules/vitest/vitest.mjs', 'run'],
      },
      {
        name: 'jest-esm',
        files: esModules(nodeTest.replace(first, '')),
        args: ['--experimental-vm-modules', ...jest],
      },
      {
        name: 'jest-cjs',
        files: {
          'package.json': '{}',
          'app.js': toModule(app, 'CommonJS'),
          'app.test.js': find('head for CommonJS', /for CommonJS\n/) + bodyOf(nodeTest),
          'jest.config.js': config,
        },
        args: jest,
      },
    ],
  }
}

/**
 * What follows the imports.
 * @param {string} test
 */
const bodyOf = (test) => {
  const end = test.indexOf('\n\n')
  assert(end > 0 && !test.slice(end).includes('import '), 'app.test.js has imports below its first paragraph')
  return test.slice(end)
}

/**
 * @param {string} config
 * @returns {readonly string[]}
 */
const packagesIn = (config) => [...config.matchAll(/'(@babel\/[^'/]+)'/g)].flatMap(([, name]) => name ?? [])
