/** Paths as Express writes them, from and to the source of a regular expression. */

/** In this order: an escaped character, a parameter or a wildcard, a brace, any other character. */
const TOKEN = /\\([^])|([:*])(?:"(?:\\[^]|[^"\\])*"|[\p{ID_Start}$_][\p{ID_Continue}$]*)|([{}])|([^])/gu

/** From the syntax of Express 5: parameters, wildcards and optional groups. */
export function toSource(path: string): string {
  return path.replace(TOKEN, (...groups: (string | undefined)[]) => {
    const [, escaped, sign, brace, other = ''] = groups
    if (sign !== undefined) return sign === ':' ? '([^/]+)' : '([^]+)'
    if (brace !== undefined) return brace === '{' ? '(?:' : ')?'
    return (escaped ?? other).replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
  })
}

/** The alternatives at the top level: Express 4 joins several paths into one expression. */
export function alternativesOf(source: string): readonly string[] {
  const parts = ['']
  let depth = 0
  for (const token of source.match(/\\[^]|\[(?:\\[^]|[^\]\\])*\]|[^]/g) ?? []) {
    if (token === '(') depth++
    if (token === ')') depth--
    if (token === '|' && depth === 0) parts.push('')
    else parts.push(`${parts.pop() ?? ''}${token}`)
  }
  return parts
}

/** What both majors put around a path, to let a slash follow and to stop where a segment ends. */
const FRAMES = [
  /^\^\(\?:([^|]*)\)\(\?:\\\/\$\)\?\(\?=\\\/\|\$\)$/,
  /^\^([^]*?)(?:\\\/\?)?\(\?=\\\/\|\$\)$/,
  /^\^([^]*?)(?:\\\/\?)?\$$/,
]
/**
 * In this order: an escaped character, a parameter of Express 4 with the slash before it and its
 * rule, a wildcard, a parameter of Express 5, a plain character, anything else.
 */
const PIECE =
  /\\(\W)|\(\?:(\\\/|\\\.)?\((\[\^\\?\/(?:\\\.)?\]\+\?|\(\?:\(\?![^)]*\)\.\)\+\?|[^()]*)\)\)(\?)?|\((\.\*|\[\^\]\+)\)|(\(\[\^\\?\/\]\+\))|([\w\-~!@%&=:;,' /])|[^]/g
const PLAIN_RULE = /^(?:\[\^|\(\?:\(\?!)/

/**
 * The path behind a compiled mount; `undefined` if it cannot be told. Takes the names of its
 * parameters from the front of `names`.
 */
export function toWritten(source: string, names: string[]): string | undefined {
  const framed = FRAMES.map((frame) => frame.exec(source)?.[1]).find((path) => path !== undefined)
  const pieces = [...(framed ?? '').matchAll(PIECE)].map((piece) => writtenPiece(piece, names))
  return framed === undefined || pieces.includes(undefined) ? undefined : pieces.join('')
}

function writtenPiece(piece: RegExpMatchArray, names: string[]): string | undefined {
  const [, escaped, slash = '', rule, optional = '', wildcard, parameter, plain] = piece
  const isNamed = rule !== undefined || parameter !== undefined
  if (isNamed) {
    const shownRule = rule === undefined || PLAIN_RULE.test(rule) ? '' : `(${rule})`
    return `${slash.slice(1)}:${names.shift() ?? 'parameter'}${shownRule}${optional}`
  }
  if (wildcard === undefined) return escaped ?? plain
  names.shift()
  return '*'
}
