/** The threat model names tests. Each must exist under that name. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const text = readFileSync(join(__dirname, '../../docs/threat-model.md'), 'utf8')
const named = [...text.matchAll(/`((?:hostile|tooling)\/[\w-]+)` › `([^`]+)`/g)].map(
  ([, file = '', title = '']) => [file, title] as const,
)

test('every class of advisories names a test', () => {
  const section = text.slice(text.indexOf('## Classes of advisories'), text.indexOf('## What remains'))
  const rows = section.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| class'))
  expect(rows.length).toBeGreaterThan(25)
  expect(rows.filter((row) => !/› `/.test(row))).toEqual([])
})

test.each(named)('%s has "%s"', (file, title) => {
  const sources = [`${file}.test.ts`, file.replace('/', '/tables/') + '.ts'].map((name) => readSource(name))
  expect(sources.join('\n')).toContain(title)
})

function readSource(name: string): string {
  try {
    return readFileSync(join(__dirname, '..', name), 'utf8')
  } catch {
    return ''
  }
}
