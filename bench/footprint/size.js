/** The size on disk of packages including their dependencies. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const BENCH = fileURLToPath(new URL('..', import.meta.url))
const ROOT = dirname(BENCH.replace(/\/$/, ''))

/** A `file:` URL means this package: its published files. */
export function installedBytes(names) {
  const seen = new Set()
  return names.reduce(
    (sum, name) => sum + (name.startsWith('file:') ? ourBytes(seen) : packageBytes(name, BENCH, seen)),
    0,
  )
}

function ourBytes(seen) {
  const { dependencies, files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const own = [...files, 'package.json', 'README.md', 'LICENSE']
  return (
    own.reduce((sum, each) => sum + treeBytes(join(ROOT, each)), 0) +
    Object.keys(dependencies).reduce((sum, name) => sum + packageBytes(name, ROOT, seen), 0)
  )
}

function packageBytes(name, from, seen) {
  const directory = find(name, from)
  if (directory === undefined || seen.has(directory)) return 0
  seen.add(directory)
  const { dependencies = {} } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
  const others = Object.keys(dependencies).reduce((sum, each) => sum + packageBytes(each, directory, seen), 0)
  return treeBytes(directory) + others
}

/** Finds a package as Node does: in the nearest `node_modules`, upwards. */
function find(name, from) {
  for (let directory = from; ; directory = dirname(directory)) {
    const candidate = join(directory, 'node_modules', name)
    if (existsSync(candidate)) return candidate
    if (directory === dirname(directory)) return undefined
  }
}

/** Excludes nested dependencies, which are counted separately. */
function treeBytes(path) {
  if (!existsSync(path)) return 0
  if (!statSync(path).isDirectory()) return statSync(path).size
  return readdirSync(path)
    .filter((each) => each !== 'node_modules')
    .reduce((sum, each) => sum + treeBytes(join(path, each)), 0)
}
