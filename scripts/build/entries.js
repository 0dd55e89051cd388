/** The entries of the package, as `exports` in package.json names them. */
import { readFileSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '../..')

/** @typedef {{ exports: Record<string, string | { types: string, default: string }> }} Manifest */

/**
 * The name of each entry's files in dist/, and its folder in lib/: `index` and `.`, `testing` and
 * `testing`.
 * @returns {{ name: string, folder: string }[]}
 */
export const readEntries = () => {
  /** @type {unknown} */
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  return Object.entries(/** @type {Manifest} */ (manifest).exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([subpath]) => subpath.slice('./'.length))
    .map((folder) => (folder === '' ? { name: 'index', folder: '.' } : { name: folder, folder }))
}
