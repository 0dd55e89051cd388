/**
 * What is not imported is not loaded: the packages, modules of Node and rooms of lib/ that
 * importing each subpath loads.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import ts from 'typescript'

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
    builtins: ['node:crypto', 'node:http'],
    rooms: ['core', 'testing'],
  },
}

const root = path.resolve(__dirname, '../..')
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
const lib = path.join(root, 'lib')
let built: string

/** Inside node_modules, so that bare specifiers resolve as they do for an installed package. */
const transpileLib = (): void => {
  const cache = path.join(root, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  built = mkdtempSync(path.join(cache, 'import-weight-'))
  writeFileSync(path.join(built, 'package.json'), '{ "type": "module" }')
  const compilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
  }
  for (const file of readdirSync(lib, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue
    const source = readFileSync(path.join(lib, file), 'utf8')
    const output = ts.transpileModule(source, { compilerOptions })
    const target = path.join(built, file.replace(/\.ts$/, '.js'))
    mkdirSync(path.dirname(target), { recursive: true })
    writeFileSync(target, output.outputText)
  }
}

const weigh = (file: string): Weight => {
  const program = path.join(root, 'scripts/loaded-modules/main.js')
  const child = spawnSync(process.execPath, [program, pathToFileURL(file).href], { encoding: 'utf8' })
  if (child.status !== 0) throw new Error(child.stderr)
  const packages = new Set<string>()
  const builtins = new Set<string>()
  const rooms = new Set<string>()
  for (const url of child.stdout.trim().split('\n')) {
    if (url.startsWith('node:')) {
      builtins.add(url)
      continue
    }
    const steps = path.relative(built, fileURLToPath(url)).split(path.sep)
    if (steps[0] !== '..') rooms.add(steps.length === 1 ? '' : steps[0]!)
    else packages.add(/.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? url)
  }
  return { packages: [...packages].sort(), builtins: [...builtins].sort(), rooms: [...rooms].sort() }
}

beforeAll(transpileLib)
afterAll(() => {
  rmSync(built, { recursive: true, force: true })
})

test('each subpath of the package has its limit here', () => {
  const subpaths = Object.keys(manifest.exports).filter((subpath) => subpath !== './package.json')
  expect(Object.keys(limits)).toEqual(subpaths)
})

test.each(Object.entries(limits))('%s loads nothing beyond its limit', (subpath, limit) => {
  const entry = path.resolve(built, path.relative('dist', manifest.exports[subpath].default))
  const { packages, builtins, rooms } = weigh(entry)
  expect(packages.filter((name) => !limit.packages.includes(name))).toEqual([])
  expect(builtins.filter((name) => !limit.builtins.includes(name))).toEqual([])
  expect(rooms.filter((name) => !limit.rooms.includes(name))).toEqual([])
  expect(rooms).not.toEqual([])
})

test('a package that is loaded would be seen, ES module or CommonJS, and what it loads in turn', () => {
  const file = path.join(built, 'heavy.js')
  writeFileSync(file, "import 'jose'\nimport 'express'\n")
  expect(weigh(file).packages).toEqual(expect.arrayContaining(['body-parser', 'express', 'jose']))
})
