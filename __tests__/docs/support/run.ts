/** Runs a code block of the documentation and checks the claims in its comments. */
import assert from 'node:assert/strict'
import ts from 'typescript'

/** An expression followed by `// => value`, or by `// throws CODE`. */
const CLAIM = /^[^\S\n]*\/\/ (=>|throws) (.+)$/m

type Body = (...globals: readonly unknown[]) => Promise<void>
const AsyncFunction = (async () => undefined).constructor as new (...args: readonly string[]) => Body

/** The number of claims in a block that fail if they are wrong. */
export function claimsIn(code: string): number {
  return code.match(/\/\/ (?:=>|throws) |\bexpect\(|\.expect\(/g)?.length ?? 0
}

/** `load` imports a module for the block. Rejects with the first claim that does not hold. */
export async function run(code: string, load: (name: string) => unknown): Promise<void> {
  const tests: (() => unknown)[] = []
  const globals = {
    require: load,
    exports: {},
    __is: is,
    __throws: throws,
    test: (_title: string, body: () => unknown) => tests.push(body),
    expect,
  }
  const body = new AsyncFunction(...Object.keys(globals), transpile(withAssertions(code)))
  await body(...Object.values(globals))
  for (const each of tests) await each()
}

async function is(actual: () => unknown, expected: () => unknown): Promise<void> {
  expect(await actual()).toEqual(await expected())
}

async function throws(actual: () => unknown, code: string): Promise<void> {
  await assert.rejects(
    async () => actual(),
    (error: { code?: unknown }) => {
      expect(error.code).toBe(code)
      return true
    },
    `nothing was thrown, instead of ${code}`,
  )
}

function transpile(code: string): string {
  const compilerOptions = {
    module: ts.ModuleKind.CommonJS,
    target: ts.ScriptTarget.ES2022,
    esModuleInterop: true,
  }
  return ts.transpileModule(code, { compilerOptions }).outputText
}

/** Turns each claim into an assertion. */
function withAssertions(code: string): string {
  const source = ts.createSourceFile('block.ts', code, ts.ScriptTarget.Latest, true)
  const edits: { start: number; end: number; text: string }[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isExpressionStatement(node)) {
      const end = node.getEnd()
      const [, kind, claim] = CLAIM.exec(code.slice(end).split('\n', 1)[0] ?? '') ?? []
      const expression = `async () => (${node.expression.getText()})`
      if (kind === '=>') {
        edits.push({
          start: node.getStart(),
          end,
          text: `await __is(${expression}, async () => (${claim ?? ''}))`,
        })
      } else if (kind === 'throws') {
        edits.push({ start: node.getStart(), end, text: `await __throws(${expression}, '${claim ?? ''}')` })
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  const claims = code.match(/\/\/ (?:=>|throws) /g)?.length ?? 0
  if (edits.length !== claims) throw new Error('a claim that does not follow an expression on its line')
  return edits
    .sort((a, b) => b.start - a.start)
    .reduce((text, edit) => text.slice(0, edit.start) + edit.text + text.slice(edit.end), code)
}
