/** Reads what docs/errors.md, which is part of the package, says about a code or a hint. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { DOCS } from '../docs-folder.js'

export interface PageText {
  /** When it happens, or what is probably wrong. */
  readonly why: string
  readonly whatToDo: string
}

export interface ErrorPage {
  code(code: string): PageText | undefined
  hint(hint: string): PageText | undefined
}

const WHY_FROM_END = 2

export async function readErrorPage(packageFolder: string): Promise<ErrorPage> {
  const text = await readFile(path.join(packageFolder, 'docs/errors.md'), 'utf8').catch(() => '')
  const rows = new Map(text.split('\n').flatMap(toRow))
  return { code: (code) => rows.get(code), hint: (hint) => rows.get(hint) }
}

/** Rows of both tables begin with a name in backticks, and end with the two texts. */
function toRow(line: string): readonly [string, PageText][] {
  const name = /^\| (?:<a id="\w+"><\/a>)?`(\w+)` \|/.exec(line)?.[1]
  const cells = line.split(' | ')
  if (name === undefined || cells.length < WHY_FROM_END + 1) return []
  const [why = '', whatToDo = ''] = cells.slice(-WHY_FROM_END)
  return [
    [
      name,
      { why: plain(withoutFunction(why)), whatToDo: plain(withoutReference(withoutEndOfRow(whatToDo))) },
    ],
  ]
}

function withoutEndOfRow(cell: string): string {
  const text = cell.trimEnd()
  return text.endsWith('|') ? text.slice(0, -1).trimEnd() : text
}

/** The program has no function that could be the cause. */
function withoutFunction(cell: string): string {
  return cell
    .split(/(?<=\.) /)
    .filter((sentence) => !sentence.startsWith('Or a function in `acceptTokenFrom`'))
    .join(' ')
}

/** What the page says about the hint is shown anyway, if there is one. */
function withoutReference(cell: string): string {
  return cell
    .replace('See the hint, and ', 'See ')
    .split(/(?<=\.) /)
    .filter((sentence) => !sentence.toLowerCase().endsWith('see the hint.'))
    .join(' ')
}

/** A link becomes its text, and the page to open. */
function plain(markdown: string): string {
  return markdown.replace(/\[([^[\]]+)\]\(([^()[\]\s]+)\)/g, (_link, text: string, target: string) => {
    const page = target.startsWith('#') ? `${DOCS}/errors.md${target}` : `${DOCS}/${target}`
    return `${text} (${page})`
  })
}
