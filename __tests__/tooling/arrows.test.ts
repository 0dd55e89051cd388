/** The rules of scripts/arrows, applied to made-up files in a temporary folder. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

type Row = [folder: string, code: string, rule: string]

const root = path.resolve(__dirname, '../..')

/** Files to import. */
const targets = [
  'lib/index.ts',
  'lib/core/loose.ts',
  ...['options', 'server', 'access', 'token', 'keys', 'jws', 'http', 'stores', 'net', 'errors', 'base'].map(
    (room) => `lib/core/${room}/a.ts`,
  ),
  ...['express', 'testing', 'dpop', 'mtls', 'jwe', 'cli'].map((folder) => `lib/${folder}/a.ts`),
  'lib/dpop/deep/a.ts',
  'lib/dpop/index.ts',
  'demo/a.ts',
  'dist/index.js',
]

const forbidden: Row[] = [
  ['lib/core/keys', "import { a } from '../server/a.js'", 'core-keys'],
  ['lib/core/keys', "import type { A } from '../token/a.js'", 'core-keys'],
  ['lib/core/keys', "export type { A } from '../options/a.js'", 'core-keys'],
  ['lib/core/server', "import { a } from '../options/a.js'", 'core-server'],
  ['lib/core/access', "import { a } from '../server/a.js'", 'core-access'],
  ['lib/core/token', "import { a } from '../access/a.js'", 'core-token'],
  ['lib/core/jws', "import { a } from '../keys/a.js'", 'core-jws'],
  ['lib/core/http', "import { a } from '../jws/a.js'", 'core-http'],
  ['lib/core/stores', "import { a } from '../http/a.js'", 'core-stores'],
  ['lib/core/net', "import { a } from '../stores/a.js'", 'core-net'],
  ['lib/core/errors', "import { a } from '../net/a.js'", 'core-errors'],
  ['lib/core/base', "import type { A } from '../errors/a.js'", 'core-base'],
  ['lib/core/base/deep', "import { a } from '../../errors/a.js'", 'core-base'],
  ['lib/core/keys', "import { a } from '../loose.js'", 'core-rooms'],
  ['lib/express', "import { a } from '../core/loose.js'", 'core-rooms'],
  ['lib/core/keys', "import { a } from '../../express/a.js'", 'core'],
  ['lib/core/keys', "import type { A } from '../../express/a.js'", 'core'],
  ['lib/core/keys', "import { a } from '../../testing/a.js'", 'core'],
  ['lib/core/keys', "import { a } from '../../index.js'", 'core'],
  ['lib/core/keys', "export { a } from '../../mtls/a.js'", 'core'],
  ['lib/core/keys', "export * from '../../mtls/a.js'", 'core'],
  ['lib/core/keys', "export const a = import('../../jwe/a.js')", 'core'],
  ['lib/core/keys', "export type A = import('../../jwe/a.js').A", 'core'],
  ['lib/core/keys', "import a = require('../../jwe/a.js')", 'core'],
  ['lib/express', "import { a } from '../testing/a.js'", 'express'],
  ['lib/express', "import { a } from '../index.js'", 'express'],
  ['lib/testing', "import { a } from '../express/a.js'", 'feature'],
  ['lib/testing', "import { a } from '../dpop/a.js'", 'feature'],
  ['lib/dpop', "import { a } from '../mtls/a.js'", 'feature'],
  ['lib/dpop/deep', "import type { A } from '../../mtls/a.js'", 'feature'],
  ['lib/mtls', "import { a } from '../cli/a.js'", 'feature'],
  ['lib/cli', "import { a } from '../dpop/a.js'", 'cli'],
  ['lib/cli', "import express from 'express'", 'cli-types-of-express'],
  ['lib', "export { a } from './testing/a.js'", 'index'],
  ['lib', "export { a } from './cli/a.js'", 'index'],
  ['lib/core/keys', "import type { Request } from 'express'", 'core-packages'],
  ['lib/core/keys', "import { z } from '@acme/zod'", 'core-packages'],
  ['lib/core/keys', "import { z } from 'lru-cache-2'", 'core-packages'],
  ['lib/core/keys', "import { a } from '../../../package.json'", 'core-packages'],
  ['lib/core/keys', "import { a } from '../../../demo/a.js'", 'core-packages'],
  ['lib/core/keys', "import { resourceServer } from 'express-resource-server'", 'core-packages'],
  ['lib/core/keys', "import { importJWK } from 'jose'", 'core-types-of-jose'],
  [
    'lib/core/keys',
    "import type { JWK } from 'jose'\nexport { importJWK } from 'jose'\nexport type A = JWK",
    'core-types-of-jose',
  ],
  ['lib/core/keys', "import 'jose'", 'core-types-of-jose'],
  ['lib/core/keys', "import 'jose/jwt/decode'", 'core-types-of-jose'],
  ['lib/core/keys', "export const a = import('jose')", 'core-types-of-jose'],
  ['lib/express', "import express from 'express'", 'express-types-of-express'],
  ['lib/express', "import { SignJWT } from 'jose'", 'express-types-of-jose'],
  ['lib/dpop', "import type { Request } from 'express'", 'feature-packages'],
  ['lib', "export { SignJWT } from 'jose'", 'index-types-of-jose'],
  ['lib', "export { LRUCache } from 'lru-cache'", 'index-packages'],
  ['lib/core/keys', "import { createRequire } from 'node:module'", 'node-module'],
  ['lib/core/keys', "export const a = process.getBuiltinModule('node:module')", 'node-module'],
  ['__tests__/rfc', "import { a } from '../../lib/index.js'", 'public-suites'],
  ['__tests__/hostile/support', "import type { A } from '../../../lib/core/base/a.js'", 'public-suites'],
]

const permitted: [folder: string, code: string][] = [
  ['lib/core/keys', "import { a } from './a.js'"],
  ['lib/core/keys', "import { a } from '../errors/a.js'"],
  ['lib/core/options', "import { a } from '../base/a.js'"],
  ['lib/core/keys', "import type { JWK } from 'jose'"],
  ['lib/core/keys', "export type { JWK } from 'jose'"],
  ['lib/core/keys', "export type A = import('jose').JWK"],
  ['lib/core/keys', "import { LRUCache } from 'lru-cache'"],
  ['lib/core/keys', "import { createHash } from 'node:crypto'"],
  ['lib/core/keys', "export const a = process.getBuiltinModule('node:https')"],
  ['lib/express', "import { a } from '../core/access/a.js'"],
  ['lib/express', "import type { Request } from 'express'"],
  ['lib/testing', "import { a } from '../core/jws/a.js'"],
  ['lib/testing', "import { SignJWT } from 'jose'"],
  ['lib/dpop/deep', "import { a } from '../a.js'"],
  ['lib/dpop', "import { a } from '../core/keys/a.js'"],
  ['lib', "export { a } from './core/keys/a.js'"],
  ['lib', "export { a } from './express/a.js'"],
  ['lib/cli', "import { a } from '../dpop/index.js'\nimport { b } from '../index.js'"],
  ['lib/cli', "import { a } from '../core/keys/a.js'\nimport { createRequire } from 'node:module'"],
  ['demo', "import express from 'express'"],
  ['__tests__/core', "import { a } from '../../lib/core/keys/a.js'"],
  ['__tests__/rfc', "import { resourceServer } from 'express-resource-server'"],
]

const circles: Readonly<Record<string, string>> = {
  'lib/core/keys/circle-one.ts': "import { b } from './circle-two.js'\nexport const a = b",
  'lib/core/keys/circle-two.ts':
    "import type { A } from './circle-three.js'\nexport const b = 1\nexport type B = A",
  'lib/core/keys/circle-three.ts': "export type A = import('./circle-one.js').B",
  'demo/circle-one.ts': "import { b } from './circle-two.js'\nexport const a = b",
  'demo/circle-two.ts': "import type { A } from './circle-one.js'\nexport const b = 1",
}

/** Within the repository, so that packages resolve as they do there. */
mkdirSync(path.join(root, '.cache'), { recursive: true })
const folder = mkdtempSync(path.join(root, '.cache/arrows-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const write = (file: string, text: string): void => {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
  writeFileSync(path.join(folder, file), text)
}

const nameOf = (row: number): string => `case-${row}.ts`

interface Violation {
  readonly from: string
  readonly rule: { readonly name: string }
  readonly cycle?: readonly { readonly name: string }[]
}

const violations = ((): readonly Violation[] => {
  for (const file of targets)
    write(file, file.endsWith('.ts') ? 'export const a = 1\nexport type A = 1\n' : 'export const a = 1\n')
  for (const [file, text] of Object.entries(circles)) write(file, text)
  for (const [row, [where, code]] of [...forbidden, ...permitted].entries())
    write(path.join(where, nameOf(row)), code)
  write(
    'package.json',
    JSON.stringify({
      name: 'express-resource-server',
      type: 'module',
      exports: './dist/index.js',
      dependencies: { jose: '*', 'lru-cache': '*' },
    }),
  )
  const program = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
  const config = path.join(root, 'scripts/arrows/rules.js')
  const args = [program, '--config', config, '--output-type', 'json', 'lib', 'demo', '__tests__']
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (stdout === '') throw new Error(stderr)
  const { summary } = JSON.parse(stdout) as { summary: { violations: Violation[] } }
  return summary.violations
})()

/** The names of the rules that a file breaks. */
const brokenBy = (file: string): readonly string[] => [
  ...new Set(violations.filter(({ from }) => from === file).map(({ rule }) => rule.name)),
]

test.each(forbidden.map((row, index) => [...row, index] as const))(
  'in %s, %s is refused by %s',
  (where, _code, rule, index) => {
    expect(brokenBy(`${where}/${nameOf(index)}`)).toEqual([rule])
  },
)

test.each(permitted.map((row, index) => [...row, forbidden.length + index] as const))(
  'in %s, %s is let through',
  (where, _code, index) => {
    expect(brokenBy(`${where}/${nameOf(index)}`)).toEqual([])
  },
)

test('a circle is refused, also of types only, in lib/ and in demo/', () => {
  const found = violations.filter(({ rule }) => rule.name === 'circle')
  const members = found.map(({ cycle = [] }) => cycle.map(({ name }) => name).sort())
  const files = (where: string) => Object.keys(circles).filter((file) => file.startsWith(where))
  expect(members.sort()).toEqual([files('demo/').sort(), files('lib/').sort()])
})
