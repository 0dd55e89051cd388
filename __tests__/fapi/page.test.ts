/** docs/fapi.md names a test for each duty. Each must exist under that name. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const page = readFileSync(join(__dirname, '../../docs/fapi.md'), 'utf8')
const named = [...page.matchAll(/`(\w+\/[\w-]+)` › `([^`]+)`/g)].map(
  ([, file = '', title = '']) => [file, title] as const,
)
const rows = page.split('\n').filter((line) => /^\| 5\.\d/.test(line))
const testsOf = (row: string): string => row.split(' | ').at(-1)!.replace(/\|$/, '').trim()

/** What no test can prove, because it is not up to this package. */
const YOURS = ['revocation status', 'offer only endpoints with TLS', '128 bits of entropy']

test('each duty names a test, or is one that the reader has to fulfill', () => {
  expect(rows.length).toBeGreaterThan(15)
  const without = rows.filter((row) => testsOf(row) === '')
  expect(without.filter((row) => !YOURS.some((duty) => row.includes(duty)))).toEqual([])
  expect(without).toHaveLength(YOURS.length)
})

test('each section of §5 that has duties for resource servers is there', () => {
  const sections = new Set(rows.flatMap((row) => row.match(/\b5\.\d\.\d( \(\d\))?/g) ?? []))
  expect([...sections].sort()).toEqual(
    [
      ...['5.2.1', '5.2.2', '5.4.2', '5.4.3'],
      ...[1, 2, 3, 4, 5].map((duty) => `5.3.4 (${duty})`),
      ...[1, 2, 3, 4].map((duty) => `5.4.1 (${duty})`),
    ].sort(),
  )
})

test.each(named)('%s has "%s"', (file, title) => {
  const sources = [`${file}.test.ts`, file.replace('/', '/tables/') + '.ts']
    .map((name) => join(__dirname, '..', name))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n')
  // Titles of the attack catalog end with the numbers of their cases.
  const isThere = sources.includes(`'${title}'`) || sources.includes(`'${title} [`)
  expect(isThere).toBe(true)
})
