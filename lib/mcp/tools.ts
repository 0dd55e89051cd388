/** Which scopes the tools of an MCP server require, judged before the server sees the call. RFC 6750 §3.1. */
import { makeGuard } from '../core/access/guard.js'
import type { Guard } from '../core/access/guard.js'
import { holdingAll } from '../core/access/requirements.js'
import { isScopeToken } from '../core/access/scopes.js'
import type { Requirement, Verdict } from '../core/access/verdict.js'
import { isStringArray } from '../core/base/own.js'
import { assertNotHandler } from '../core/errors/misuse.js'
import type { Ignored } from '../core/errors/misuse.js'
import { OptionReader } from '../core/options/reader.js'
import { calledTools } from './messages.js'

export interface RequireToolsOptions {
  /** For each tool the scopes that a call of it requires; an empty array for none. */
  readonly tools: Readonly<Record<string, readonly string[]>>
  /** Calls of other tools: refused, allowed, or allowed with these scopes. */
  readonly otherwise: 'deny' | 'allow' | readonly string[]
}

const NAME = 'requireTools'
const UNLISTED: Verdict = Object.freeze({ denied: 'ERR_ACCESS_DENIED', scopes: [], missing: 0 })

/**
 * A guard for the endpoint of an MCP server. It reads the JSON-RPC body that `express.json()` has
 * parsed, batches included. One 403 `insufficient_scope` names all scopes of all calls, so that the
 * step-up of a client works. Other JSON-RPC methods pass, and so do GET and DELETE without a body. A
 * malformed message is a 400, and so are a body of another type than `application/json` and a POST
 * without a body. A body of that type that nothing has parsed is a 500 (`ERR_WIRING`).
 *
 * Not checked: the arguments of the call, and whether the tool exists.
 *
 * @throws {ConfigurationError} at set-up, for a wrong option.
 * @example
 * app.post('/mcp', express.json(), requireTools({ tools: { add: ['math'] }, otherwise: 'deny' }), handle)
 */
export function requireTools(options: RequireToolsOptions, ignored?: Ignored): Guard
export function requireTools(...args: readonly unknown[]): Guard {
  assertNotHandler(NAME, args)
  const { tools, otherwise } = parse(args[0] as RequireToolsOptions)
  const requirement: Requirement = (principal, request) => {
    const required = new Set<string>()
    for (const name of calledTools(request)) {
      const scopes = tools.get(name) ?? otherwise
      if (scopes === 'deny') return UNLISTED
      for (const scope of scopes) required.add(scope)
    }
    return holdingAll([...required])(principal, request)
  }
  const scopes = [...new Set([...tools.values(), otherwise === 'deny' ? [] : otherwise].flat())]
  return makeGuard(NAME, requirement, { scopes, names: [...tools.keys()] })
}

interface Rules {
  readonly tools: ReadonlyMap<string, readonly string[]>
  readonly otherwise: 'deny' | readonly string[]
}

function parse(options: RequireToolsOptions): Rules {
  const reader = new OptionReader(options, NAME, ['tools', 'otherwise'])
  const tools = Object.entries(reader.plainRecord('tools') ?? reader.fail('tools', 'is required'))
  const wrong = tools.find(([, scopes]) => !isScopes(scopes))
  if (wrong !== undefined) reader.fail('tools', 'must map names of tools to arrays of scope values')
  return {
    tools: new Map((tools as [string, readonly string[]][]).map(([name, scopes]) => [name, [...scopes]])),
    otherwise: parseOtherwise(reader),
  }
}

function parseOtherwise(reader: OptionReader): Rules['otherwise'] {
  const value = reader.value('otherwise')
  if (value === 'allow') return []
  if (value === 'deny') return value
  if (isScopes(value)) return [...value]
  return reader.fail(
    'otherwise',
    'must be "deny", "allow" or an array of scope values: it is about tools that are not listed',
  )
}

function isScopes(value: unknown): value is readonly string[] {
  return isStringArray(value) && value.every(isScopeToken)
}
