/** Packs the package as it will be published, and installs it. */
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { run } from './run.js'

const root = path.resolve(import.meta.dirname, '../..')

/**
 * @param {string} folder
 * @returns the tarball in that folder
 */
export const pack = async (folder) => {
  await run('npm', ['pack', '--silent', '--pack-destination', folder], root)
  const [tarball, ...others] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'))
  if (tarball === undefined || others.length > 0) throw new Error('expected one tarball')
  return path.join(folder, tarball)
}

/**
 * Installs only these packages in a new folder.
 * @param {string} folder
 * @param {readonly string[]} packages
 */
export const install = async (folder, packages) => {
  await mkdir(folder, { recursive: true })
  await writeFile(path.join(folder, 'package.json'), '{ "private": true }\n')
  const quiet = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error']
  await run('npm', ['install', '--prefer-offline', '--ignore-scripts', ...quiet, ...packages], folder)
}
