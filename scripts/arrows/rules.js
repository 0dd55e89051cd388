/**
 * Which folder may import which, checked by dependency-cruiser: `npm run lint:arrows`. Type imports
 * count as well.
 */

/** The rooms of lib/core, from top to bottom: each may import those below it. */
const rooms = [
  'options',
  'server',
  'access',
  'token',
  'keys',
  'jws',
  'http',
  'stores',
  'net',
  'errors',
  'base',
]

/** @typedef {import('dependency-cruiser').IRegularForbiddenRuleType} Rule */

/** @type {(names: readonly string[]) => string} */
const anyOf = (names) => `(?:${names.join('|')})`

/** @type {(name: string, comment: string, from: Rule['from'], to: Rule['to']) => Rule} */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

const coreRules = rooms
  .slice(1)
  .map((room, index) =>
    forbid(
      `core-${room}`,
      `lib/core/${room} imports only the rooms below it: ${rooms.join(', ')}.`,
      { path: `^lib/core/${room}/` },
      { path: `^lib/core/${anyOf(rooms.slice(0, index + 1))}/` },
    ),
  )

const folderRules = [
  forbid(
    'core-rooms',
    `lib/core consists of the rooms ${rooms.join(', ')}.`,
    { path: '^lib/' },
    { path: '^lib/core/', pathNot: `^lib/core/${anyOf(rooms)}/` },
  ),
  forbid(
    'core',
    'lib/core imports nothing else of lib/.',
    { path: '^lib/core/' },
    { path: '^lib/', pathNot: '^lib/core/' },
  ),
  forbid(
    'express',
    'lib/express imports only lib/core.',
    { path: '^lib/express/' },
    { path: '^lib/', pathNot: '^lib/(?:core|express)/' },
  ),
  forbid(
    'feature',
    'A feature folder imports only lib/core, never another feature.',
    { path: '^lib/([^/]+)/', pathNot: '^lib/(?:core|express|cli)/' },
    { path: '^lib/', pathNot: ['^lib/core/', '^lib/$1/'] },
  ),
  forbid(
    'cli',
    'lib/cli imports the entries of the package, and lib/core.',
    { path: '^lib/cli/' },
    { path: '^lib/', pathNot: ['^lib/(?:cli|core)/', '^lib/index[.]ts$', '^lib/[^/]+/index[.]ts$'] },
  ),
  forbid(
    'index',
    'lib/index.ts imports only lib/core and lib/express.',
    { path: '^lib/[^/]+$' },
    { path: '^lib/', pathNot: '^lib/(?:core|express)/' },
  ),
  forbid(
    'node-module',
    'node:module can load what these rules do not see.',
    { path: '^lib/', pathNot: '^lib/cli/' },
    { path: '^module$', dependencyTypes: ['core'] },
  ),
  forbid(
    'public-suites',
    'These suites also run on dist/: they import the package by its name.',
    { path: '^__tests__/(?:express|hostile|package|rfc)/' },
    { path: '^lib/' },
  ),
  forbid('circle', 'No circles, not even of types.', { path: '^(?:lib|demo)/' }, { circular: true }),
]

/**
 * The packages of each folder: `values` are loaded at run time, `types` only lend their types.
 * @type {{ name: string, from: Rule['from'], values: string[], types: string[] }[]}
 */
const packages = [
  { name: 'core', from: { path: '^lib/core/' }, values: ['lru-cache'], types: ['jose'] },
  { name: 'express', from: { path: '^lib/express/' }, values: ['lru-cache'], types: ['jose', 'express'] },
  { name: 'index', from: { path: '^lib/[^/]+$' }, values: [], types: ['jose'] },
  {
    name: 'feature',
    from: { path: '^lib/[^/]+/', pathNot: '^lib/(?:core|express|cli)/' },
    values: ['jose', 'lru-cache'],
    types: [],
  },
  { name: 'cli', from: { path: '^lib/cli/' }, values: ['jose'], types: ['express'] },
]

/** @type {(names: readonly string[]) => string[]} */
const inPackages = (names) => names.map((name) => `(?:^|/)node_modules/${name}/`)

/** A type that is imported in an expression, such as `import('jose').JWK`, is a 'type-import'. */
const packageRules = packages.flatMap(({ name, from, values, types }) => [
  forbid(
    `${name}-packages`,
    `Outside lib/, ${name} imports only node:* and ${[...values, ...types].join(', ')}.`,
    from,
    { dependencyTypesNot: ['core'], pathNot: ['^lib/', ...inPackages([...values, ...types])] },
  ),
  ...types.map((type) =>
    forbid(`${name}-types-of-${type}`, `${name} imports '${type}' by 'import type' only.`, from, {
      path: inPackages([type]),
      dependencyTypesNot: ['type-only', 'type-import'],
    }),
  ),
])

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [...coreRules, ...folderRules, ...packageRules],
  options: {
    tsPreCompilationDeps: true,
    detectProcessBuiltinModuleCalls: true,
    doNotFollow: { path: ['(?:^|/)node_modules/', '^dist/'] },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
}
