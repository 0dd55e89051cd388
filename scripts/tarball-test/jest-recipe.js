/** The Jest configuration for CommonJS projects from docs/testing.md. */
import assert from 'node:assert/strict'

/**
 * @typedef {object} JestRecipe
 * @property {string} config The text of jest.config.js.
 * @property {readonly string[]} packages Jest, and the Babel packages that the configuration names.
 */

/**
 * @param {string} document
 * @returns {JestRecipe}
 */
export const readJestRecipe = (document) => {
  const blocks = [...document.matchAll(/^```js\n(.*?)^```$/gms)].map(([, block]) => block)
  const config = blocks.find((block) => /module\.exports = .*'babel-jest'/s.test(block ?? ''))
  assert(config !== undefined, 'docs/testing.md has no jest.config.js with babel-jest')
  const named = [...config.matchAll(/'(@babel\/[^'/]+)'/g)].flatMap(([, name]) => name ?? [])
  return { config, packages: ['jest', 'supertest', ...named] }
}
