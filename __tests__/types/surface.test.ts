import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { problemsOf } from '../docs/support/compile.js'

const files = ['guards.ts', 'handlers.ts', 'options.ts', 'providers.ts', 'testing.ts']
const texts = new Map(files.map((file) => [file, readFileSync(join(__dirname, file), 'utf8')]))
const problems = problemsOf(texts)

test.each(files)('%s compiles, and every line in it that must not compile does not', (file) => {
  expect(texts.get(file)?.match(/@ts-expect-error/g)?.length).toBeGreaterThan(10)
  expect(problems.get(file)).toEqual([])
})

test('a forgotten await before an async guard does not compile', () => {
  const text = `
import { requireThat } from 'express-resource-server'
import type { Principal, ResourceRequest } from 'express-resource-server'
const guard = requireThat(async () => true)
export const isAllowed = (principal: Principal, request: ResourceRequest): boolean => {
  if (guard.allows(principal, request)) return true
  return false
}`

  expect(problemsOf(new Map([['forgotten.ts', text]])).get('forgotten.ts')).toEqual([
    expect.stringContaining(
      "This condition will always return true since this 'Promise<boolean>' is always defined",
    ),
  ])
})
