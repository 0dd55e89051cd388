/** The packages, modules of Node and rooms of lib/ that each subpath loads: no more than it needs. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

type Weight = { packages: string[]; builtins: string[]; rooms: string[] }

/** The most that each subpath may load; the room '' is the files directly in lib/. */
const limits: Record<string, Weight> = {
  '.': {
    packages: ['lru-cache'],
    builtins: ['node:buffer', 'node:crypto', 'node:diagnostics_channel', 'node:util'],
    rooms: ['', 'core', 'express'],
  },
  './testing': {
    packages: ['jose', 'lru-cache'],
    builtins: ['node:assert', 'node:buffer', 'node:crypto', 'node:http', 'node:util'],
    rooms: ['core', 'testing'],
  },
  './dpop': {
    packages: ['lru-cache'],
    builtins: ['node:buffer', 'node:crypto', 'node:diagnostics_channel', 'node:util'],
    rooms: ['core', 'dpop'],
  },
  './mcp': {
    packages: ['lru-cache'],
    builtins: ['node:buffer', 'node:crypto', 'node:diagnostics_channel', 'node:util'],
    rooms: ['core', 'mcp'],
  },
  './jwe': {
    packages: ['jose', 'lru-cache'],
    builtins: ['node:buffer', 'node:crypto', 'node:util'],
    rooms: ['core', 'jwe'],
  },
  './introspection': {
    packages: ['jose', 'lru-cache'],
    builtins: ['node:buffer', 'node:crypto', 'node:diagnostics_channel', 'node:events', 'node:util'],
    rooms: ['core', 'introspection'],
  },
  './mtls': {
    packages: ['lru-cache'],
    builtins: ['node:buffer', 'node:crypto', 'node:net', 'node:util', 'node:util/types'],
    rooms: ['core', 'mtls'],
  },
  './revocation': {
    packages: ['lru-cache'],
    builtins: ['node:buffer', 'node:crypto', 'node:diagnostics_channel', 'node:util'],
    rooms: ['core', 'revocation'],
  },
  './redis': {
    packages: ['lru-cache'],
    builtins: ['node:buffer', 'node:crypto', 'node:diagnostics_channel', 'node:util'],
    rooms: ['core', 'redis'],
  },
  './metadata': {
    packages: [],
    builtins: ['node:buffer', 'node:crypto', 'node:util'],
    rooms: ['core', 'metadata'],
  },
  './providers': {
    packages: [],
    builtins: ['node:buffer', 'node:crypto', 'node:util'],
    rooms: ['core', 'providers'],
  },
}

const root = path.resolve(__dirname, '../..')
const readJson = (file: string) => JSON.parse(readFileSync(path.join(root, file), 'utf8'))
const manifest = readJson('package.json')

/** The files of lib/ in each file of dist/, as the build recorded them. */
const contents: Record<string, string[]> = readJson('.cache/dist-contents.json')

const roomOf = (file: string): string => (file.includes('/') ? file.slice(0, file.indexOf('/')) : '')

const weigh = (file: string): Weight => {
  const program = path.join(root, 'scripts/loaded-modules/main.js')
  const child = spawnSync(process.execPath, [program, pathToFileURL(file).href], { encoding: 'utf8' })
  if (child.status !== 0) throw new Error(child.stderr)
  const urls = child.stdout.trim().split('\n')
  const files = urls.filter((url) => url.startsWith('file:')).map((url) => fileURLToPath(url))
  const builtFiles = files.filter((each) => path.dirname(each) === path.join(root, 'dist'))
  const others = files.filter((each) => !builtFiles.includes(each))
  return {
    packages: unique(others.map((each) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(each)?.[1] ?? each)),
    builtins: unique(urls.filter((url) => url.startsWith('node:'))),
    rooms: unique(builtFiles.flatMap((each) => contents[path.basename(each)]!.map(roomOf))),
  }
}

const unique = (names: string[]): string[] => [...new Set(names)].sort()

test('each subpath of the package has its limit here', () => {
  const subpaths = Object.keys(manifest.exports).filter((subpath) => subpath !== './package.json')
  expect(Object.keys(limits)).toEqual(subpaths)
})

test.each(Object.entries(limits))('%s loads nothing beyond its limit', (subpath, limit) => {
  const { packages, builtins, rooms } = weigh(path.join(root, manifest.exports[subpath].default))
  expect(packages.filter((name) => !limit.packages.includes(name))).toEqual([])
  expect(builtins.filter((name) => !limit.builtins.includes(name))).toEqual([])
  expect(rooms.filter((name) => !limit.rooms.includes(name))).toEqual([])
  expect(rooms).not.toEqual([])
})

test('a package that is loaded would be seen, ES module or CommonJS, and what it loads in turn', () => {
  // Inside node_modules, so that bare specifiers resolve as they do for an installed package.
  const cache = path.join(root, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(path.join(cache, 'import-weight-'))
  try {
    const file = path.join(folder, 'heavy.mjs')
    writeFileSync(file, "import 'jose'\nimport 'express'\n")
    expect(weigh(file).packages).toEqual(expect.arrayContaining(['body-parser', 'express', 'jose']))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
