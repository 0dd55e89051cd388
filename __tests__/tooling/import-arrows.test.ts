/**
 * The house rules as ESLint applies them, in a child process because Jest cannot load ESLint's
 * configuration.
 */
import { spawnSync } from 'node:child_process'
import path from 'node:path'

type Message = { rule: string | null; message: string }
type Case = { file: string; code: string }

const root = path.resolve(__dirname, '../..')

const lint = (cases: readonly Case[]): Message[][] => {
  const child = spawnSync(process.execPath, ['scripts/eslint/lint-virtual-files.js'], {
    cwd: root,
    input: JSON.stringify(cases),
    encoding: 'utf8',
  })
  if (child.status !== 0) throw new Error(child.stderr)
  return JSON.parse(child.stdout)
}

const forbidden: [file: string, code: string, reason: string][] = [
  ['lib/core/x.ts', "import { a } from '../express/a.js'", 'lib/core may not import lib/express'],
  ['lib/core/x.ts', "import type { A } from '../express/a.js'", 'lib/core may not import lib/express'],
  ['lib/core/keys/x.ts', "import { a } from '../../express/a.js'", 'lib/core may not import lib/express'],
  ['lib/core/x.ts', "import { a } from '../testing/index.js'", 'lib/core may not import lib/testing'],
  ['lib/core/x.ts', "import { a } from '../dpop/proof.js'", 'lib/core may not import lib/dpop'],
  ['lib/core/x.ts', "import { a } from '../index.js'", 'lib/core may not import lib/*.ts'],
  ['lib/core/x.ts', "export { a } from '../mtls/a.js'", 'lib/core may not import lib/mtls'],
  ['lib/core/x.ts', "export type { A } from '../mtls/a.js'", 'lib/core may not import lib/mtls'],
  ['lib/core/x.ts', "export * from '../mtls/a.js'", 'lib/core may not import lib/mtls'],
  ['lib/core/x.ts', "export const a = import('../jwe/a.js')", 'lib/core may not import lib/jwe'],
  ['lib/core/x.ts', "export type A = import('../jwe/a.js').A", 'lib/core may not import lib/jwe'],
  ['lib/core/x.ts', "import a = require('../jwe/a.js')", 'lib/core may not import lib/jwe'],
  [
    'lib/core/x.ts',
    "import type { Request } from 'express'",
    "lib/core may not import the package 'express'",
  ],
  [
    'lib/core/x.ts',
    "import { importJWK } from 'jose'",
    "lib/core may import 'jose' by a whole 'import type' only",
  ],
  [
    'lib/core/x.ts',
    "import { type JWK } from 'jose'",
    "lib/core may import 'jose' by a whole 'import type' only",
  ],
  ['lib/core/x.ts', "import 'jose'", "lib/core may import 'jose' by a whole 'import type' only"],
  ['lib/core/x.ts', "import 'jose/jwt/verify'", "lib/core may import 'jose' by a whole 'import type' only"],
  ['lib/core/x.ts', "import { createHash } from 'crypto'", "lib/core may not import the package 'crypto'"],
  ['lib/core/x.ts', "import { z } from '@acme/zod'", "lib/core may not import the package '@acme/zod'"],
  ['lib/core/x.ts', "import { z } from 'lru-cache-2'", "lib/core may not import the package 'lru-cache-2'"],
  ['lib/core/x.ts', "import { a } from '../../package.json'", 'lib/ may not import files outside lib/'],
  [
    'lib/core/x.ts',
    "import { createRequire } from 'node:module'",
    'node:module can load what this rule does not see',
  ],
  [
    'lib/core/x.ts',
    'export const a = (name: string) => import(name)',
    'lib/ may import a literal specifier only',
  ],
  ['lib/express/x.ts', "import { a } from '../testing/a.js'", 'lib/express may not import lib/testing'],
  ['lib/express/x.ts', "import { a } from '../index.js'", 'lib/express may not import lib/*.ts'],
  [
    'lib/express/x.ts',
    "import express from 'express'",
    "lib/express may import 'express' by a whole 'import type' only",
  ],
  [
    'lib/express/x.ts',
    "import { SignJWT } from 'jose'",
    "lib/express may import 'jose' by a whole 'import type' only",
  ],
  ['lib/testing/x.ts', "import { a } from '../express/a.js'", 'lib/testing may not import lib/express'],
  ['lib/testing/x.ts', "import { a } from '../dpop/a.js'", 'lib/testing may not import lib/dpop'],
  ['lib/dpop/x.ts', "import { a } from '../mtls/a.js'", 'lib/dpop may not import lib/mtls'],
  ['lib/dpop/deep/x.ts', "import { a } from '../../mtls/a.js'", 'lib/dpop may not import lib/mtls'],
  [
    'lib/dpop/x.ts',
    "import type { Request } from 'express'",
    "lib/dpop may not import the package 'express'",
  ],
  ['lib/index.ts', "export { a } from './testing/index.js'", 'lib/*.ts may not import lib/testing'],
  [
    'lib/index.ts',
    "export { SignJWT } from 'jose'",
    "lib/*.ts may import 'jose' by a whole 'import type' only",
  ],
]

const permitted: [file: string, code: string][] = [
  ['lib/core/x.ts', "import { a } from './a.js'"],
  ['lib/core/keys/x.ts', "import { a } from '../errors.js'"],
  ['lib/core/x.ts', "import type { JWK } from 'jose'"],
  ['lib/core/x.ts', "export type { JWK } from 'jose'"],
  ['lib/core/x.ts', "export type A = import('jose').JWK"],
  ['lib/core/x.ts', "import { LRUCache } from 'lru-cache'"],
  ['lib/core/x.ts', "import { createHash } from 'node:crypto'"],
  ['lib/express/x.ts', "import { a } from '../core/a.js'"],
  ['lib/express/x.ts', "import type { Request } from 'express'"],
  ['lib/testing/x.ts', "import { a } from '../core/a.js'"],
  ['lib/testing/x.ts', "import { SignJWT } from 'jose'"],
  ['lib/dpop/deep/x.ts', "import { a } from '../a.js'"],
  ['lib/dpop/x.ts', "import { a } from '../core/keys/a.js'"],
  ['lib/index.ts', "export { a } from './core/a.js'"],
  ['lib/index.ts', "export { a } from './express/a.js'"],
  ['demo/x.ts', "import express from 'express'"],
  ['__tests__/x.ts', "import { a } from '../lib/core/a.js'"],
]

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
  ['console', 'no-console', "console.log('a')"],
  ['five parameters', 'max-params', 'export const f = (a: 1, b: 1, c: 1, d: 1, e: 1) => [a, b, c, d, e]'],
  ['a function of 42 lines', 'max-lines-per-function', `export const f = () => {\n${'f()\n'.repeat(40)}}`],
  ['a file of 201 lines', 'max-lines', '\n'.repeat(201)],
  ['what a comment would switch off', 'no-console', "/* eslint-disable */\nconsole.log('a')"],
  ['what a comment would switch off for a line', 'no-console', "console.log('a') // eslint-disable-line"],
]

const messages = lint([
  ...forbidden.map(([file, code]) => ({ file, code })),
  ...permitted.map(([file, code]) => ({ file, code })),
  ...houseRules.map(([, , code]) => ({ file: 'lib/core/x.ts', code })),
])
const arrowsAt = (index: number): string[] =>
  messages[index]!.filter(({ rule }) => rule === null || rule === 'house/import-arrows').map(
    ({ message }) => message,
  )

describe('the arrows between the rooms of lib/', () => {
  test.each(forbidden.map((row, index) => [...row, index] as const))(
    'in %s, %s is refused: %s',
    (_file, _code, reason, index) => {
      expect(arrowsAt(index)).toEqual([reason])
    },
  )

  test.each(permitted.map((row, index) => [...row, forbidden.length + index] as const))(
    'in %s, %s is let through',
    (_file, _code, index) => {
      expect(arrowsAt(index)).toEqual([])
    },
  )
})

describe('the house rules of lib/', () => {
  const first = forbidden.length + permitted.length

  test.each(houseRules.map(([what, rule], index) => [what, rule, first + index] as const))(
    '%s is reported by %s',
    (_what, rule, index) => {
      expect(messages[index]!.map((message) => message.rule)).toContain(rule)
    },
  )
})
