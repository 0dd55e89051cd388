/** One line per refusal on standard error, for developers: `NODE_DEBUG=express-resource-server`. */
import { debuglog } from 'node:util'
import { option } from '../base/own.js'
import type { ResourceServerError } from '../errors/errors.js'
import type { ResourceRequest } from '../http/request.js'
import { pathOf } from '../http/shown-path.js'
import { upstreamCause } from './debug-cause.js'

/** Node itself reads the environment, when the first line is written or `enabled` is read. */
const log = debuglog('express-resource-server')

const DOCS = 'node_modules/express-resource-server/docs/errors.md'
const MAX_PATH_LENGTH = 200
const MAX_CAUSE_LENGTH = 1000
const MAX_EXPECTED = 5

/**
 * Writes status, code, hint, method, path, the configured values that did not match, why something
 * is unavailable, and where to read more. Nothing of the token: the values in `expected` are the
 * operator's own.
 */
export function debugRefusal(
  error: ResourceServerError,
  request: ResourceRequest,
  isReportOnly: boolean,
): void {
  if (!log.enabled) return
  const { status, code, hint, detail } = error
  const expected = option(error, 'expected')
  const outcome = isReportOnly ? 'would be refused' : 'refused'
  const where = `${printable(request.method ?? 'GET')} ${printable(pathOf(request))}`
  const reason = hint === undefined ? code : `${code} (${hint})`
  const wanted = expected === undefined ? '' : ` Expected: ${listOf(expected)}.`
  const why = printable(upstreamCause(error), MAX_CAUSE_LENGTH)
  log('%s', `${where} ${outcome}: ${String(status)} ${reason}. ${detail}.${wanted}${why} ${linkTo(code)}`)
}

/** The section of a code in the documentation, which is part of the installed package. */
function linkTo(code: string): string {
  return `${DOCS}#${code.toLowerCase()}`
}

function listOf(values: readonly string[]): string {
  const shown = values.slice(0, MAX_EXPECTED).map((value) => `"${printable(value)}"`)
  const more = values.length - shown.length
  return more > 0 ? `${shown.join(', ')} and ${String(more)} more` : shown.join(', ')
}

/** A request cannot start a line of its own in the log, nor fill it. */
function printable(text: string, maxLength: number = MAX_PATH_LENGTH): string {
  const plain = text.replace(/[^\x20-\x7e]/g, '?')
  return plain.length > maxLength ? `${plain.slice(0, maxLength)}...` : plain
}
