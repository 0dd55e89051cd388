/** The pages for users: their code blocks, headings and tables. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readText, ROOT } from './source.js'

/** README.md and every page of docs/ and its folders. */
export function pages(): readonly string[] {
  const files = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
  const docs = files.filter((name) => name.endsWith('.md'))
  return ['README.md', ...docs.sort().map((name) => `docs/${name}`)].filter((path) =>
    existsSync(join(ROOT, path)),
  )
}

export interface Block {
  readonly page: string
  /** The first line of the code, counted from 1. */
  readonly line: number
  /** The text after the fence: the language, and perhaps `run`. */
  readonly info: readonly string[]
  readonly code: string
}

export function blocksOf(page: string): readonly Block[] {
  const blocks: Block[] = []
  let open: { info: string; line: number; code: string[] } | undefined
  for (const [index, text] of readText(page).split('\n').entries()) {
    const fence = /^```(.*)$/.exec(text)
    if (fence === null) open?.code.push(text)
    else if (open === undefined) open = { info: fence[1] ?? '', line: index + 2, code: [] }
    else {
      const { info, line, code } = open
      blocks.push({ page, line, info: info.trim().split(/\s+/), code: code.join('\n') })
      open = undefined
    }
  }
  if (open !== undefined) throw new Error(`${page}: the code block at line ${open.line} does not end`)
  return blocks
}

/** A page without its code blocks. */
export function proseOf(page: string): string {
  return readText(page).replace(/^```[^]*?^```$/gm, '')
}

/** The part of a page below a heading, up to the next one of the same or a higher level. */
export function sectionOf(page: string, title: string): string {
  const prose = proseOf(page)
  const heading = new RegExp(`^(#+) ${title.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&')}$`, 'm').exec(prose)
  if (heading === null) throw new Error(`${page}: there is no heading "${title}"`)
  const rest = prose.slice(heading.index + heading[0].length)
  const end = rest.search(new RegExp(`^#{1,${heading[1]?.length ?? 1}} `, 'm'))
  return end === -1 ? rest : rest.slice(0, end)
}

/** The cells of each row of all tables in a text, by the names of their columns. */
export function rowsOf(markdown: string): readonly Readonly<Record<string, string>>[] {
  const rows: Readonly<Record<string, string>>[] = []
  let columns: readonly string[] | undefined
  for (const line of markdown.split('\n')) {
    if (!line.startsWith('|')) columns = undefined
    else if (columns === undefined) columns = cellsOf(line).map(plain)
    else if (!/^[|\s:-]+$/.test(line)) {
      const cells = cellsOf(line)
      if (cells.length !== columns.length) throw new Error(`a row with another number of cells: ${line}`)
      rows.push(Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? ''])))
    }
  }
  return rows
}

/** Without backticks, anchors and the backslashes that tables need. */
export function plain(cell: string): string {
  return cell
    .replace(/<a id="[^"]*"><\/a>|`/g, '')
    .replace(/\\\|/g, '|')
    .trim()
}

function cellsOf(line: string): readonly string[] {
  const cells = line.split(/(?<!\\)\|/).slice(1, -1)
  return cells.map((cell) => cell.trim())
}
