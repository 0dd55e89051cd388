import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { pages, proseOf } from './support/markdown.js'
import { ROOT } from './support/source.js'

interface Link {
  readonly page: string
  readonly target: string
}

const links: readonly Link[] = pages().flatMap((page) =>
  [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => ({ page, target })),
)
const inside = links.filter(({ target }) => !/^[a-z]+:/.test(target))

/** A heading's anchor, as GitHub makes it. */
function anchorsOf(page: string): readonly string[] {
  return [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  )
}

describe('Each link of README.md and docs/', () => {
  test.each(inside.map(({ page, target }) => [page, target]))('%s to %s leads somewhere', (page, target) => {
    const [path = '', anchor] = target.split('#')
    const file = path === '' ? page : relative(ROOT, join(ROOT, dirname(page), path))
    expect(existsSync(join(ROOT, file))).toBe(true)
    if (anchor !== undefined) expect(anchorsOf(file)).toContain(anchor)
  })

  test('to the outside is https', () => {
    const outside = links.filter((link) => !inside.includes(link))
    expect(outside.filter(({ target }) => !target.startsWith('https://'))).toEqual([])
  })
})

describe('Each page of docs/', () => {
  const docs = pages().filter((page) => page !== 'README.md')

  /** The pages that a page links to. */
  const linkedFrom = (from: string): ReadonlySet<string> =>
    new Set(links.filter(({ page }) => page === from).map(({ target }) => join(dirname(from), target)))

  test('is linked from README.md, or from the index of its folder', () => {
    const fromReadme = linkedFrom('README.md')
    const isLinked = (page: string): boolean =>
      fromReadme.has(page) || linkedFrom(`${dirname(page)}.md`).has(page)
    expect(docs.filter((page) => !isLinked(page))).toEqual([])
  })

  test.each(docs)('%s has one title, and begins with what the reader can do with it', (page) => {
    const prose = proseOf(page)
    expect(prose.match(/^# /gm)).toHaveLength(1)
    expect(prose).toMatch(/^# .+\n\n[A-Z`].{60}/)
  })
})
