/** Other Node.js versions, from the npm registry and cached for later runs. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { run } from '../tarball-test/run.js'

const cache = path.resolve(import.meta.dirname, '../../node_modules/.cache/matrix')
const program = 'node_modules/node/bin/node'

/**
 * The install script of the package 'node' fetches the program for this machine, so npm must allow
 * it.
 */
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
 * @property {string} version A full version such as `22.13.0`.
 */

/**
 * @param {string} version A major or a full version.
 * @returns {Promise<Node>}
 */
export const installNode = async (version) => {
  const folder = path.join(cache, `node-${version}`)
  const file = path.join(folder, program)
  if (!existsSync(file)) await download(version, folder)
  const printed = await run(file, ['--version'], folder)
  const installed = printed.trim().replace(/^v/, '')
  if (!`${installed}.`.startsWith(`${version}.`))
    throw new Error(`requested Node ${version}, but got ${installed}`)
  return { program: file, version: installed }
}
