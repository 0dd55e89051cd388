/** Sample projects that test an API as docs/testing.md shows, each with another test runner. */
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { inSlot } from '../matrix/slots.js'
import { run } from './run.js'

/**
 * Each project is a folder in the one where the packages are installed.
 * @param {string} folder
 * @param {Promise<void>} installed
 * @param {readonly import('./test-recipes.js').Recipe[]} recipes
 * @returns {import('./samples.js').Sample[]}
 */
export const makeTestRunners = (folder, installed, recipes) =>
  recipes.map(({ name, files, args }) => {
    const project = path.join(folder, name)
    const make = async () => {
      await installed
      await mkdir(project)
      for (const [file, text] of Object.entries(files)) await writeFile(path.join(project, file), text)
    }
    const made = make()
    return {
      name,
      check: async (node) => {
        await made
        const cache = name.startsWith('jest') ? [`--cacheDirectory=${project}-cache-${node.version}`] : []
        await inSlot(() => run(node.program, [...args, ...cache], project))
      },
    }
  })
