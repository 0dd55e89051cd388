/**
 * The paths of a layer, as they were written or as near to that as can be said, and the regular
 * expressions that they stand for.
 */
import { types } from 'node:util'
import { isObject, isString } from '../../core/base/own.js'
import { capturedExpression } from './captured.js'
import { isEverywhere } from './layers.js'
import type { Layer } from './layers.js'
import { samplesOf } from './samples.js'
import { alternativesOf, toSource, toWritten } from './syntax.js'

/** One path of a layer, which may have several. */
export interface Pattern {
  readonly shown: string
  /** Whether `shown` is a regular expression, or stands for a path that cannot be known. */
  readonly isExpression: boolean
  /** `undefined` if nothing is known of the paths that it matches. */
  readonly source: string | undefined
}

const UNKNOWN: Pattern = { shown: '(unknown path)', isExpression: true, source: undefined }

export function patternsOf(layer: Layer): readonly Pattern[] {
  if (isEverywhere(layer)) return [{ shown: '', isExpression: false, source: '' }]
  const raw = layer.rawPath ?? layer.route?.path
  if (layer.regexp !== undefined) return compiledPatterns(layer.regexp, layer, raw)
  if (raw === undefined) return hiddenPatterns(layer)
  return listOf(raw).map((path) => writtenPattern(path, layer.route === undefined))
}

function listOf(paths: unknown): readonly unknown[] {
  return Array.isArray(paths) ? (paths as unknown[]).flat(Infinity) : [paths]
}

/** Express 5. Mounts ignore a slash at the end. */
function writtenPattern(path: unknown, isMount: boolean): Pattern {
  if (types.isRegExp(path)) return expressionPattern(path)
  if (!isString(path)) return UNKNOWN
  const shown = isMount ? withoutSlashesAtEnd(path) : path
  return { shown, isExpression: false, source: toSource(shown) }
}

function expressionPattern(expression: RegExp): Pattern {
  return { shown: String(expression), isExpression: true, source: unanchored(expression.source) }
}

/** What stands around the match of an expression without anchors. */
function unanchored(source: string): string {
  const start = source.startsWith('^') ? '' : '(?:|/x)'
  const end = source.endsWith('$') ? '' : '(?:|x|/x)'
  return `${start}(?:${source})${end}`
}

/** Express 4 keeps one expression for all paths, and the paths of routes as they were written. */
function compiledPatterns(regexp: RegExp, layer: Layer, raw: unknown): readonly Pattern[] {
  const written = raw === undefined ? [] : listOf(raw)
  if (written.length === 1 && types.isRegExp(written[0])) return [expressionPattern(written[0])]
  const names = (layer.keys ?? []).map(({ name }) => String(name))
  const sources = alternativesOf(regexp.source)
  if (written.length === sources.length)
    return sources.map((source, index) => ({ ...named(String(written[index])), source: unanchored(source) }))
  return sources.map((source) => compiledPattern(source, names, regexp))
}

/** Takes the names of its parameters from the front of the list. */
function compiledPattern(source: string, names: string[], regexp: RegExp): Pattern {
  const shown = toWritten(source, names)
  if (shown !== undefined) return { ...named(shown), source: unanchored(source) }
  return { ...expressionPattern(regexp), shown: `/${source}/${regexp.flags}`, source: unanchored(source) }
}

function named(shown: string): Omit<Pattern, 'source'> {
  return { shown, isExpression: false }
}

/** Mounts of Express 5 with an older `router`: it keeps neither path nor expression. */
function hiddenPatterns({ matchers = [] }: Layer): readonly Pattern[] {
  if (matchers.length === 0) return [UNKNOWN]
  return matchers.map((matcher) => {
    const regexp = capturedExpression(matcher)
    return regexp === undefined ? UNKNOWN : compiledPattern(regexp.source, namesOf(matcher, regexp), regexp)
  })
}

/** A match has the names of its parameters, in their order. */
function namesOf(matcher: (path: string) => unknown, { source }: RegExp): string[] {
  for (const path of samplesOf(source)) {
    const match = matcher(path)
    if (isObject(match) && isObject(match['params'])) return Object.keys(match['params'])
  }
  return []
}

/** `/a/` and `/a` are one mount, and one path unless routing is strict. */
export function withoutSlashesAtEnd(path: string): string {
  let end = path.length
  while (path.charAt(end - 1) === '/') end--
  return path.slice(0, end)
}
