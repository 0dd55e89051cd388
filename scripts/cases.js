/**
 * Shows which cases of an attack catalog the tests cover: `ATTACKS_DIR=<folder of cases.json> npm
 * run test:cases`. Test titles contain the covered ids in brackets, and the expected response after
 * an arrow. Exits with 1 if a test fails, or if a case of an existing feature is neither covered
 * nor in the list of reasons.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** @typedef {{ id: string, family: string, title: string, expect: { status: number | string, error: string | null } }} Case */
/** @typedef {{ fullName: string, title: string, status: string }} Assertion */
/** @typedef {{ families: Record<string, string>, uncovered: Record<string, string>, differences: Record<string, string> }} Reasons */
/** @typedef {{ file: string, title: string, passed: boolean }} Cover */

const folder = process.env['ATTACKS_DIR']
if (folder === undefined || !existsSync(join(folder, 'cases.json'))) {
  console.error('ATTACKS_DIR must be the folder that contains cases.json')
  process.exit(2)
}

const cases = /** @type {Case[]} */ (readJson(join(folder, 'cases.json')))
const reasons = /** @type {Reasons} */ (readJson(new URL('cases.reasons.json', import.meta.url)))

/**
 * @param {string | URL} file
 * @returns {unknown}
 */
function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** Tests whose titles name cases. */
const FOLDERS = [
  '__tests__/hostile',
  '__tests__/core/fuzzing',
  '__tests__/mtls',
  '__tests__/dpop',
  '__tests__/introspection',
  '__tests__/express/step-up',
]

/** @returns {{ name: string, assertionResults: Assertion[] }[]} */
function runTests() {
  const output = '.cache/cases.json'
  mkdirSync('.cache', { recursive: true })
  spawnSync('npx', ['jest', ...FOLDERS, '--silent', '--json', `--outputFile=${output}`], {
    stdio: 'ignore',
  })
  const results = /** @type {{ testResults: { name: string, assertionResults: Assertion[] }[] }} */ (
    readJson(output)
  )
  return results.testResults
}

/** @returns {Map<string, Cover[]>} */
function coverage() {
  /** @type {Map<string, Cover[]>} */
  const covers = new Map()
  for (const { name, assertionResults } of runTests()) {
    for (const { fullName, title, status } of assertionResults) {
      for (const id of fullName.match(/\b[A-Z]{3}-\d{3}\b/g) ?? []) {
        const file = name.slice(name.indexOf('__tests__'))
        covers.set(id, [...(covers.get(id) ?? []), { file, title, passed: status === 'passed' }])
      }
    }
  }
  return covers
}

/**
 * Whether a test expects the same response as the catalog. Titles without an arrow expect nothing.
 * @param {Case} each
 * @param {Cover[]} covers
 */
function agrees({ expect }, covers) {
  const claims = covers.flatMap(({ title }) => title.match(/→ (\d{3}|throws)(?: (\w+))?/g) ?? []).join(' ')
  if (claims === '' || typeof expect.status !== 'number') return true
  return claims.includes(`→ ${expect.status}${expect.error === null ? '' : ` ${expect.error}`}`)
}

const covers = coverage()
const lines = []
const count = { covered: 0, later: 0, argued: 0, missing: 0, failed: 0, differs: 0 }
for (const each of cases) {
  const found = covers.get(each.id)
  if (found?.every(({ passed }) => passed)) {
    count.covered++
    const difference = agrees(each, found)
      ? ''
      : ` · expects another response: ${reasons.differences[each.id] ?? 'NO REASON GIVEN'}`
    if (difference !== '') count.differs++
    if (difference.endsWith('NO REASON GIVEN')) count.missing++
    lines.push(`${each.id}  ${found[0]?.file} › ${found[0]?.title}${difference}`)
  } else if (found !== undefined) {
    count.failed++
    lines.push(`${each.id}  FAILS in ${found.find(({ passed }) => !passed)?.title}`)
  } else if (reasons.uncovered[each.id] !== undefined) {
    count.argued++
    lines.push(`${each.id}  not covered: ${reasons.uncovered[each.id]}`)
  } else if (reasons.families[each.family] !== undefined) {
    count.later++
  } else {
    count.missing++
    lines.push(`${each.id}  NOT COVERED: ${each.title}`)
  }
}
console.log(lines.join('\n'))
for (const [family, reason] of Object.entries(reasons.families)) console.log(`${family}: ${reason}`)
console.log(
  `${cases.length} cases: ${count.covered} covered (${count.differs} of them with another response, for a reason), ` +
    `${count.later} of future features, ${count.argued} not covered for a reason, ${count.missing} missing, ${count.failed} failing`,
)
if (count.missing + count.failed > 0) process.exitCode = 1
