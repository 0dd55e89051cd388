/** The options that the recipes of a page pass to `resourceServer`. */
import type { ResourceServerOptions } from 'express-resource-server'
import { blocksOf } from './markdown.js'
import { run } from './run.js'
import { readText } from './source.js'

/** Those of the plain `ts` blocks below a heading, in order. */
export async function recipesOf(page: string, heading: string): Promise<readonly ResourceServerOptions[]> {
  const lines = readText(page).split('\n')
  const start = lines.indexOf(`## ${heading}`) + 1
  const next = lines.findIndex((line, index) => index >= start && line.startsWith('## '))
  const end = next === -1 ? lines.length : next
  const blocks = blocksOf(page).filter(
    ({ line, info }) => line > start && line < end && info.join(' ') === 'ts',
  )
  const captured: ResourceServerOptions[] = []
  const capture = { resourceServer: (options: ResourceServerOptions) => captured.push(options) }
  const load = (name: string): unknown =>
    name === 'express-resource-server' ? capture : jest.requireActual(name)
  for (const { code } of blocks) await run(code, load)
  return captured
}
