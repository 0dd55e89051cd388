/**
 * Packs the package, installs the tarball in empty projects beside each supported Express, and there runs the
 * README's first example as an ES module and by require(), and compiles it under that Express's types.
 */
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { checkServer } from './check-server.js'
import { readExample } from './readme-example.js'
import { run } from './run.js'

const root = path.resolve(import.meta.dirname, '../..')
const typescript = path.join(root, 'node_modules/typescript/lib/tsc.js')

/** The oldest and the newest Express that the peer dependency names. */
const projects = [
  { name: 'express-4', packages: ['express@~4.21.0', '@types/express@4', '@types/node@20'] },
  { name: 'express-5', packages: ['express@5', '@types/express@5', '@types/node@20'] },
]

/** @type {<T>(what: string, work: () => Promise<T>) => Promise<T>} */
const step = async (what, work) => {
  const start = performance.now()
  try {
    const result = await work()
    console.log(`ok    ${what} (${((performance.now() - start) / 1000).toFixed(1)} s)`)
    return result
  } catch (error) {
    console.error(`FAIL  ${what}`)
    throw error
  }
}

/** @param {string} folder */
const pack = async (folder) => {
  await run('npm', ['pack', '--silent', '--pack-destination', folder], root)
  const [tarball, ...others] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'))
  if (tarball === undefined || others.length > 0) throw new Error('expected one tarball')
  return path.join(folder, tarball)
}

/** @type {(folder: string, tarball: string, packages: readonly string[]) => Promise<void>} */
const install = async (folder, tarball, packages) => {
  await mkdir(folder)
  await writeFile(path.join(folder, 'package.json'), '{ "private": true }\n')
  const quiet = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error']
  const options = ['--prefer-offline', '--ignore-scripts', ...quiet]
  await run('npm', ['install', ...options, tarball, ...packages], folder)
}

/** @param {string} folder */
const main = async (folder) => {
  const example = readExample(await readFile(path.join(root, 'README.md'), 'utf8'))
  const tarball = await step('pack', () => pack(folder))
  const at = (/** @type {string} */ name) => path.join(folder, name)
  await step('install beside Express 4 and Express 5', () =>
    Promise.all(projects.map(({ name, packages }) => install(at(name), tarball, packages))),
  )
  for (const { name } of projects) {
    const project = at(name)
    await cp(path.join(import.meta.dirname, 'project'), project, { recursive: true })
    for (const [file, text] of Object.entries(example.files)) await writeFile(path.join(project, file), text)
    await step(`${name}: strict types`, () => run(process.execPath, [typescript, '-p', '.'], project))
    await step(`${name}: ES module`, () => checkServer(project, 'start.mjs', example))
    await step(`${name}: require()`, () => checkServer(project, 'start.cjs', example))
  }
}

const folder = await mkdtemp(path.join(tmpdir(), 'tarball-test-'))
try {
  await main(folder)
} finally {
  await rm(folder, { recursive: true, force: true })
}
