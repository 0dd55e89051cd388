/**
 * Imports the file URL given as argument and prints the URL of every module that this loads, one
 * per line.
 */
import { createRequire, register } from 'node:module'
import { pathToFileURL } from 'node:url'

const [url] = process.argv.slice(2)
if (url === undefined) throw new Error('usage: node scripts/loaded-modules/main.js <file URL>')

register('./hook.js', import.meta.url)
await import(url)

// The hook does not see what CommonJS modules require.
for (const file of Object.keys(createRequire(import.meta.url).cache)) console.log(pathToFileURL(file).href)
