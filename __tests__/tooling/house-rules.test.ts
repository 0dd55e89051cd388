/** The house rules, in a child process, because Jest cannot load ESLint's configuration. */
import { spawnSync } from 'node:child_process'
import path from 'node:path'

type Message = { rule: string | null; message: string }

const root = path.resolve(__dirname, '../..')

/** The messages about files of lib/ with these texts. */
const lint = (codes: readonly string[]): Message[][] => {
  const child = spawnSync(process.execPath, ['scripts/lint-virtual-files.js'], {
    cwd: root,
    input: JSON.stringify(codes.map((code) => ({ file: 'lib/core/keys/x.ts', code }))),
    encoding: 'utf8',
  })
  if (child.status !== 0) throw new Error(child.stderr)
  return JSON.parse(child.stdout)
}

const houseRules: [what: string, rule: string, code: string][] = [
  ['any', '@typescript-eslint/no-explicit-any', 'export const a: any = 1'],
  ['ts-ignore', '@typescript-eslint/ban-ts-comment', '// @ts-ignore\nexport const a = 1'],
  [
    'ts-expect-error',
    '@typescript-eslint/ban-ts-comment',
    '// @ts-expect-error: so it is\nexport const a = 1',
  ],
  ['an enum', 'no-restricted-syntax', 'export enum A { B }'],
  ['a default export', 'no-restricted-syntax', 'export default 1'],
  ['a default export by renaming', 'no-restricted-syntax', 'const a = 1\nexport { a as default }'],
  ['export *', 'no-restricted-syntax', "export * from './a.js'"],
  ['process.env', 'no-restricted-syntax', 'export const a = process.env'],
  ["process['env']", 'no-restricted-syntax', "export const a = process['env']"],
  ['a destructured process.env', 'no-restricted-syntax', 'const { env } = process\nexport const a = env'],
  ['an imported env', 'no-restricted-imports', "import { env } from 'node:process'\nexport const a = env"],
  ["a module of Node without 'node:'", 'no-restricted-imports', "import { a } from 'crypto'\nexport { a }"],
  ['a computed import', 'no-restricted-syntax', 'export const a = (name: string) => import(name)'],
  ['a template import', 'no-restricted-syntax', 'export const a = import(`./a.js`)'],
  [
    'an import that loads a package for its types',
    '@typescript-eslint/no-import-type-side-effects',
    "import { type JWK } from 'jose'\nexport type A = JWK",
  ],
  ['an export that loads a package for its types', 'no-restricted-syntax', "export { type JWK } from 'jose'"],
  ['an import of nothing', 'no-restricted-syntax', "import {} from 'jose'\nexport const a = 1"],
  ['an export of nothing', 'no-restricted-syntax', "export {} from 'jose'"],
  ['console', 'no-console', "console.log('a')"],
  ['five parameters', 'max-params', 'export const f = (a: 1, b: 1, c: 1, d: 1, e: 1) => [a, b, c, d, e]'],
  ['a function of 42 lines', 'max-lines-per-function', `export const f = () => {\n${'f()\n'.repeat(40)}}`],
  ['a file of 201 lines', 'max-lines', '\n'.repeat(201)],
  ['what a comment would switch off', 'no-console', "/* eslint-disable */\nconsole.log('a')"],
  ['what a comment would switch off for a line', 'no-console', "console.log('a') // eslint-disable-line"],
]

const permitted: [what: string, code: string][] = [
  ['a type import', "import type { JWK } from 'jose'\nexport type A = JWK"],
  ['a type that is exported on', "export type { JWK } from 'jose'"],
  ['a file that is imported for its global types', "import './types.js'\nexport const a = 1"],
  ['an import of a literal', "export const a = import('./a.js')"],
  [
    'a module of Node with its prefix',
    "import { createHash } from 'node:crypto'\nexport const a = createHash",
  ],
]

const messages = lint([...houseRules.map(([, , code]) => code), ...permitted.map(([, code]) => code)])

test.each(houseRules.map(([what, rule], index) => [what, rule, index] as const))(
  '%s is reported by %s',
  (_what, rule, index) => {
    expect(messages[index]!.map((message) => message.rule)).toContain(rule)
  },
)

test.each(permitted.map(([what], index) => [what, houseRules.length + index] as const))(
  '%s is let through',
  (_what, index) => {
    expect(messages[index]).toEqual([])
  },
)
