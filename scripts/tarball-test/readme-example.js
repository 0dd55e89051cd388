/** The README's first TypeScript example, in the variants that the sample projects need. */
import assert from 'node:assert/strict'
import { toModule } from './transpile.js'

/**
 * @typedef {object} Example
 * @property {string} path The first guarded route.
 * @property {string} scope The scope that it requires.
 * @property {string} source The original text.
 * @property {string} runnable With the test issuer in place of the issuer, exporting its app instead of listening.
 * @property {string} esModule `runnable` in JavaScript.
 * @property {string} commonJs `runnable` in JavaScript.
 */

/**
 * Replacements for the example's issuer and audience: those of the test issuer, which start.* sets.
 */
const substitutes = {
  issuer: 'globalThis.testIssuer.issuer',
  audience: 'globalThis.testIssuer.audience',
}

/** @param {string} source */
const toRunnable = (source) => {
  let runnable = source.replace(/^app\.listen\(.*$/gm, '')
  for (const [option, substitute] of Object.entries(substitutes)) {
    const literal = new RegExp(`\\b${option}: '[^']*'`)
    assert.match(runnable, literal, `the README's first example names no ${option}`)
    runnable = runnable.replace(literal, `${option}: ${substitute}`)
  }
  return `${runnable}\nexport { app }\n`
}

/**
 * @param {string} readme
 * @returns {Example}
 */
export const readExample = (readme) => {
  const source = /^```ts\n(.*?)^```$/ms.exec(readme)?.[1]
  assert(source !== undefined, 'the README has no TypeScript example')
  const route = /app\.get\('([^']+)', requireScopes\('([^']+)'\)/.exec(source)
  assert(route?.[1] && route[2], "the README's first example has no app.get('…', requireScopes('…'), …)")
  const runnable = toRunnable(source)
  return {
    path: route[1],
    scope: route[2],
    source,
    runnable,
    esModule: toModule(runnable, 'ESNext'),
    commonJs: toModule(runnable, 'CommonJS'),
  }
}
