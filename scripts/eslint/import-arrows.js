/** The lint rule that keeps the arrows between the rooms of lib/ one-way and each room's packages few. */
import path from 'node:path'

const lib = path.resolve(import.meta.dirname, '../../lib')

/**
 * What a room may import. `rooms`: folders of lib/ beside itself; `values`: packages loaded at run time;
 * `types`: packages for `import type` only, beside those in `values`.
 * @typedef {{ rooms: readonly string[], values: readonly string[], types: readonly string[] }} Room
 */

/** @type {Readonly<Record<string, Room>>} The key '' is the files directly in lib/. */
const namedRooms = {
  '': { rooms: ['core', 'express'], values: [], types: ['jose'] },
  core: { rooms: [], values: ['lru-cache'], types: ['jose'] },
  express: { rooms: ['core'], values: ['lru-cache'], types: ['jose', 'express'] },
}

/** @type {Room} Every other folder of lib/ is a feature with a subpath of its own. */
const feature = { rooms: ['core'], values: ['jose', 'lru-cache'], types: [] }

/** @param {string} file An absolute path. */
const roomOf = (file) => {
  const steps = path.relative(lib, file).split(path.sep)
  if (steps[0] === '..') return undefined
  return steps.length === 1 ? '' : steps[0]
}

/** @param {string} name */
const title = (name) => (name === '' ? 'lib/*.ts' : `lib/${name}`)

/**
 * @param {string} file
 * @param {string} specifier
 * @param {boolean} typeOnly
 * @returns {string | undefined} why the import is refused
 */
const refuse = (file, specifier, typeOnly) => {
  const from = roomOf(file)
  if (from === undefined) return undefined
  const room = namedRooms[from] ?? feature
  if (specifier.startsWith('.')) {
    const to = roomOf(path.resolve(path.dirname(file), specifier))
    if (to === undefined) return 'lib/ may not import files outside lib/'
    return to === from || room.rooms.includes(to) ? undefined : `${title(from)} may not import ${title(to)}`
  }
  if (specifier === 'node:module') return 'node:module can load what this rule does not see'
  if (specifier.startsWith('node:')) return undefined
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  if (room.values.includes(name)) return undefined
  if (!room.types.includes(name)) return `${title(from)} may not import the package '${name}'`
  return typeOnly ? undefined : `${title(from)} may import '${name}' by a whole 'import type' only`
}

/**
 * The parser's TypeScript nodes are wider than ESLint's own types of them.
 * @typedef {import('eslint').Rule.Node & { importKind?: string, exportKind?: string, source?: unknown,
 *   moduleReference?: { type: string, expression?: unknown } }} AnyNode
 */

/** @type {import('eslint').Rule.RuleModule} */
const rule = {
  meta: {
    type: 'problem',
    docs: { description: 'keep the arrows between the rooms of lib/' },
    messages: { refused: '{{ reason }}', computed: 'lib/ may import a literal specifier only' },
    schema: [],
  },
  create(context) {
    /** @type {(node: AnyNode, source: unknown, typeOnly: boolean) => void} */
    const check = (node, source, typeOnly) => {
      const specifier = /** @type {{ value?: unknown } | null} */ (source)?.value
      if (typeof specifier !== 'string') {
        if (roomOf(context.filename) !== undefined) context.report({ node, messageId: 'computed' })
        return
      }
      const reason = refuse(context.filename, specifier, typeOnly)
      if (reason !== undefined) context.report({ node, messageId: 'refused', data: { reason } })
    }
    /** @type {(kind: 'importKind' | 'exportKind') => (node: AnyNode) => void} */
    const declaration = (kind) => (node) => {
      if (node.source) check(node, node.source, node[kind] === 'type')
    }
    return {
      ImportDeclaration: declaration('importKind'),
      ExportNamedDeclaration: declaration('exportKind'),
      ExportAllDeclaration: declaration('exportKind'),
      /** @param {AnyNode} node */
      ImportExpression: (node) => {
        check(node, node.source, false)
      },
      /** @param {AnyNode} node */
      TSImportType: (node) => {
        check(node, node.source, true)
      },
      /** @param {AnyNode} node */
      TSImportEqualsDeclaration: (node) => {
        if (node.moduleReference?.type !== 'TSExternalModuleReference') return
        check(node, node.moduleReference.expression, node.importKind === 'type')
      },
    }
  },
}

/** @type {import('eslint').ESLint.Plugin} */
export const house = { meta: { name: 'house' }, rules: { 'import-arrows': rule } }
