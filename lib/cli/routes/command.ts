/** `routes`: what stands in front of each route of an application. */
import type { ListedRoute } from '../../testing/index.js'
import { UsageError } from '../command.js'
import type { Arguments, Command, ExitCode, Surroundings } from '../command.js'
import { painter } from '../paint.js'
import type { Format, Paint } from '../paint.js'
import { jsonText, printable } from '../printable.js'
import { routesOfModule } from './application.js'

const HELP = `
Usage: npx express-resource-server routes <module> [options]

Imports your application, which the module exports as default or as app, or by module.exports, and
lists its routes with the servers and guards in front of each. A function that makes it, exported in
the same way or as createApp or makeApp, is called with the options of a test issuer. The
application does not listen.
See routesOf() in node_modules/express-resource-server/docs/testing.md for what cannot be seen.

  --public '<METHOD> <path>'  a route that needs no protection, as in the list; may be repeated
  --json                      one JSON object instead of text

Exit codes: 0 all other routes are protected, 1 one is not, 2 wrong usage, or a module without a
list: it ends the process, or waits for something that never happens.
`

export const routes: Command = {
  name: 'routes',
  summary: 'list the routes of an application, with what protects them',
  help: HELP,
  options: { public: { type: 'string', multiple: true }, json: { type: 'boolean' } },
  maxPositionals: 1,
  run: runRoutes,
}

type State = 'protected' | 'public' | 'OPEN'

interface JudgedRoute extends ListedRoute {
  readonly state: State
}

const FORMATS: Readonly<Record<State, Format>> = { protected: 'green', public: 'dim', OPEN: 'red' }

async function runRoutes(args: Arguments, surroundings: Surroundings): Promise<ExitCode> {
  const { stdout, stderr, signal, version, cwd } = surroundings
  const [file] = args.positionals
  if (file === undefined) throw new UsageError('The module of the application is missing: routes ./app.js')
  const listed = await routesOfModule({ file, stderr, signal }, cwd)
  const names = args.strings('public')
  const judged = listed.map((route): JudgedRoute => ({ ...route, state: stateOf(route, names) }))
  const open = judged.filter(({ state }) => state === 'OPEN')
  const needless = names.filter(
    (name) => !judged.some((each) => each.state === 'public' && nameOf(each) === name),
  )
  const isGood = open.length === 0
  if (args.flag('json')) {
    const report = { command: 'routes', version, isGood, routes: judged, needlessPublic: needless }
    stdout.write(jsonText(report))
  } else {
    const paint = painter(stdout)
    const notes = needless.map((name) => `note: --public '${printable(name)}' names no unprotected route`)
    const lines = [...tableOf(judged, paint), '', ...notes, verdictOn(judged, open, paint)]
    stdout.write(`express-resource-server ${version} routes\n\n${lines.join('\n')}\n`)
  }
  return isGood ? 0 : 1
}

function nameOf({ method, path }: ListedRoute): string {
  return `${method} ${path}`
}

function stateOf(route: ListedRoute, publicNames: readonly string[]): State {
  if (route.isProtected) return 'protected'
  return publicNames.includes(nameOf(route)) ? 'public' : 'OPEN'
}

function tableOf(judged: readonly JudgedRoute[], paint: Paint): readonly string[] {
  const rows = judged.map(({ state, method, path, servers, guards }) =>
    [state, method, path, servers.join(', '), guards.join(', ')].map(printable),
  )
  const widths = ['protected', '', '', ''].map((least, column) =>
    Math.max(least.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  return rows.map((row, index) => {
    const line = row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
    const state = judged[index]?.state ?? 'OPEN'
    return `${paint(FORMATS[state], state)}${line.slice(state.length)}`
  })
}

function verdictOn(judged: readonly JudgedRoute[], open: readonly JudgedRoute[], paint: Paint): string {
  const count = `${String(judged.length)} route${judged.length === 1 ? '' : 's'}`
  const [first] = open
  if (first === undefined) return paint('green', `Good: ${count}, none open by mistake.`)
  return paint(
    'red',
    `${String(open.length)} of ${count} open: put resourceServer(...) in front, or name it if everybody may use it: --public '${printable(nameOf(first))}'`,
  )
}
