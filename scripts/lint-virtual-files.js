/**
 * Lints files that exist in name only, by the project's own configuration less the rules that need types.
 * In: `{ file, code }[]` as JSON on standard input. Out: the messages of each file, `{ rule, message }[][]`.
 */
import { text } from 'node:stream/consumers'
import { ESLint } from 'eslint'
import tseslint from 'typescript-eslint'

const eslint = new ESLint({
  cwd: `${import.meta.dirname}/..`,
  overrideConfig: [tseslint.configs.disableTypeChecked],
})

/** @type {unknown} */
const input = JSON.parse(await text(process.stdin))
const files = /** @type {{ file: string, code: string }[]} */ (input)

const results = []
for (const { file, code } of files) {
  const [result] = await eslint.lintText(code, { filePath: file })
  results.push((result?.messages ?? []).map(({ ruleId, message }) => ({ rule: ruleId, message })))
}
console.log(JSON.stringify(results))
