/**
 * Every regular expression of the package, by a checker that looks for catastrophic backtracking.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { check } from 'recheck'
import ts from 'typescript'

const LIB = join(__dirname, '../../lib')

interface Pattern {
  readonly where: string
  readonly source: string
  readonly flags: string
}

function patternsOf(file: string): Pattern[] {
  const found: Pattern[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/')
      found.push({ where: file, source: node.text.slice(1, end), flags: node.text.slice(end + 1) })
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, readFileSync(join(LIB, file), 'utf8'), ts.ScriptTarget.ES2022))
  return found
}

const files = (readdirSync(LIB, { recursive: true }) as string[]).filter((file) => file.endsWith('.ts'))
const patterns = files.flatMap(patternsOf)

test('there are patterns to check', () => {
  expect(patterns.length).toBeGreaterThan(10)
})

test.each(patterns)(
  '$where: /$source/$flags takes linear time [DOS-003 DOS-004]',
  async ({ source, flags }) => {
    expect(await check(source, flags, { timeout: null })).toMatchObject({
      status: 'safe',
      complexity: { type: expect.stringMatching(/^(safe|linear)$/) },
    })
  },
)

/** Takes apart the paths of an application, on the machine of its developer. */
const OF_DEVELOPERS = /^testing.routes./

test('no pattern is made of text at run time', () => {
  for (const file of files.filter((each) => !OF_DEVELOPERS.test(each)))
    expect(readFileSync(join(LIB, file), 'utf8')).not.toMatch(/\bRegExp\(/)
})
