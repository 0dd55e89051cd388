/** Node.js in other versions than the one at hand: from the npm registry, kept for the next time. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { run } from '../tarball-test/run.js'

const cache = path.resolve(import.meta.dirname, '../../node_modules/.cache/matrix')
const program = 'node_modules/node/bin/node'

/** The package 'node' gets the program for the machine at hand when it is installed: npm is told to let it. */
const manifest = { private: true, allowScripts: { node: true } }

/** @type {(version: string, folder: string) => Promise<void>} */
const download = async (version, folder) => {
  await mkdir(cache, { recursive: true })
  const unfinished = await mkdtemp(path.join(cache, 'unfinished-'))
  try {
    await writeFile(path.join(unfinished, 'package.json'), JSON.stringify(manifest))
    const quiet = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error']
    await run('npm', ['install', ...quiet, `node@${version}`], unfinished)
    await rename(unfinished, folder)
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
}

/**
 * @typedef {object} Node
 * @property {string} program
 * @property {string} version Whole, as in `22.13.0`.
 */

/**
 * @param {string} version A major version or a whole one.
 * @returns {Promise<Node>}
 */
export const installNode = async (version) => {
  const folder = path.join(cache, `node-${version}`)
  const file = path.join(folder, program)
  if (!existsSync(file)) await download(version, folder)
  const printed = await run(file, ['--version'], folder)
  const installed = printed.trim().replace(/^v/, '')
  if (!`${installed}.`.startsWith(`${version}.`))
    throw new Error(`asked for Node ${version}, got ${installed}`)
  return { program: file, version: installed }
}
