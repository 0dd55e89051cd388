import { blocksOf, pages } from './support/markdown.js'
import type { Block } from './support/markdown.js'
import { problemsOf } from './support/compile.js'
import { claimsIn, run } from './support/run.js'

/**
 * A block with imports is complete. A block without imports continues the last complete one on the
 * same page of the same kind, run or not.
 */
interface Snippet {
  readonly title: string
  readonly isRun: boolean
  readonly code: string
  /** How many lines of `code` come before the block itself. */
  readonly linesBefore: number
  readonly block: Block
}

function snippetsOf(page: string): readonly Snippet[] {
  const roots = new Map<boolean, string>()
  return blocksOf(page)
    .filter(({ info }) => info[0] === 'ts')
    .map((block) => {
      const title = `${block.page}:${block.line}`
      const isRun = block.info.includes('run')
      if (!/^import /m.test(block.code)) {
        const head = `${roots.get(isRun) ?? ''}\n{\n`
        const linesBefore = head.split('\n').length - 1
        return { title, isRun, block, linesBefore, code: `${head}${block.code}\n}` }
      }
      roots.set(isRun, block.code)
      return { title, isRun, block, linesBefore: 0, code: block.code }
    })
}

const snippets = pages().flatMap(snippetsOf)

/** An augmentation of the package's types is global, so it needs a program of its own. */
function isAugmenting({ code }: Snippet): boolean {
  return code.includes("declare module 'express-resource-server'")
}

/** The compiler's findings, with line numbers of the page. */
function problemsIn(group: readonly Snippet[]): readonly string[] {
  const texts = new Map(group.map(({ code }, index) => [`snippet-${index}.ts`, code]))
  const problems = [...problemsOf(texts).values()]
  return group.flatMap(({ block, linesBefore }, index) =>
    (problems[index] ?? []).flatMap((problem) => {
      const [, line = '', message = ''] = /^(\d+): (.*)$/s.exec(problem) ?? []
      const lineOfBlock = Number(line) - linesBefore
      return lineOfBlock < 1 ? [] : [`${block.page}:${block.line + lineOfBlock - 1}: ${message}`]
    }),
  )
}

function load(name: string): unknown {
  return jest.requireActual(name)
}

test('There are pages to check', () => {
  expect(pages()).toContain('README.md')
  expect(pages().length).toBeGreaterThan(5)
})

test('Every fence names its language', () => {
  const languages = new Set(pages().flatMap((page) => blocksOf(page).map(({ info }) => info[0])))
  expect(
    [...languages].filter(
      (each) => !['ts', 'js', 'sh', 'json', 'yaml', 'http', 'text', 'console'].includes(each ?? ''),
    ),
  ).toEqual([])
})

describe('Every TypeScript block of README.md and docs/', () => {
  test('compiles', () => {
    expect(problemsIn(snippets.filter((snippet) => !isAugmenting(snippet)))).toEqual([])
  })

  const augmenting = snippets.filter(isAugmenting)
  test.each(augmenting.map((snippet) => [snippet.title, snippet] as const))(
    'compiles in a program of its own: %s',
    (_title, snippet) => {
      expect(problemsIn([snippet])).toEqual([])
    },
  )
})

describe('A block marked run', () => {
  const runnable = snippets.filter(({ isRun }) => isRun)

  test.each(runnable.map(({ title, code }) => [title, code] as const))(
    'does what it says: %s',
    async (_title, code) => {
      expect(claimsIn(code)).toBeGreaterThan(0)
      await run(code, load)
    },
  )

  test('is on more than one page', () => {
    expect(new Set(runnable.map(({ block }) => block.page)).size).toBeGreaterThan(2)
  })
})

describe('The runner', () => {
  test.each([
    ['1 + 1 // => 3', 'toEqual'],
    ['await Promise.resolve([1]) // => [2]', 'toEqual'],
    ['1 // throws ERR_INTERNAL', 'nothing was thrown'],
    ["throw Object.assign(new Error('x'), { code: 'ERR_OTHER' })", 'x'],
    ['const value = 1 // => 1', 'does not follow an expression'],
    ["test('fails', () => { expect(1).toBe(2) })", 'toBe'],
  ])('rejects %s', async (code, reason) => {
    await expect(run(code, load)).rejects.toThrow(reason)
  })

  test.each([
    '1 + 1 // => 2',
    "import { join } from 'node:path'\njoin('a', 'b') // => 'a/b'",
    "const fail = (): never => { throw Object.assign(new Error(), { code: 'ERR_X' }) }\nfail() // throws ERR_X",
    "test('passes', async () => {\n  1 // => 1\n})",
  ])('accepts %s', async (code) => {
    await run(code, load)
  })
})
