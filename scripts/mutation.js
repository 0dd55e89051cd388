/**
 * Mutation testing of the files on which a bypass would depend: `npm run test:mutation`, with `-- claims guards` for some of
 * them. Each is judged by the tests of its own subject, which run in this process and wait for nothing. Not part of CI.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'

/** @type {Record<string, [file: string, tests: string]>} */
const FILES = {
  credentials: ['core/credentials', 'core/credentials express/{credentials,token-places}'],
  'compact-jws': ['core/compact-jws', 'core/compact-jws rfc/{rfc7515,rfc7515-header} express/hints'],
  'strict-json': ['core/strict-json', 'core/{strict-json,compact-jws} hostile/fuzzing'],
  claims: ['core/claims', 'core/claims rfc/{rfc7519,rfc7519-validation,rfc9068} express/hints'],
  signature: [
    'core/signature',
    'core/{signature,verify-access-token} rfc/{rfc7515,rfc7515-header} express/hints',
  ],
  issuers: ['core/issuers', 'core/{issuers,token-cache,verify-access-token} express/hints'],
  state: ['core/keys/state', 'core/keys/{state,refresh}'],
  'token-cache': ['core/token-cache', 'core/token-cache hostile/verified-cache'],
  challenge: ['core/challenge', 'core/challenge express/answers'],
  guards: ['core/guards', 'core/{guards,hostile-predicates} express/guards'],
}
const BREAK_AT = 85

/** @typedef {{ files: Record<string, { mutants: { status: string }[] }> }} Report */

/** @param {string} name */
function scoreOf(name) {
  const [file, tests] = FILES[name] ?? []
  if (file === undefined || tests === undefined)
    throw new Error(`${name}: not one of ${Object.keys(FILES).join(', ')}`)
  const reportFile = `.cache/mutation/${name}.json`
  mkdirSync('.cache/mutation', { recursive: true })
  const config = ['--mutate', `lib/${file}.ts`]
  const { status } = spawnSync('npx', ['stryker', 'run', ...config], {
    stdio: 'inherit',
    env: { ...process.env, MUTATION_TESTS: tests, MUTATION_REPORT: reportFile },
  })
  if (status !== 0) return undefined
  /** @type {unknown} */
  const written = JSON.parse(readFileSync(reportFile, 'utf8'))
  const report = /** @type {Report} */ (written)
  const states = Object.values(report.files).flatMap(({ mutants }) => mutants.map((mutant) => mutant.status))
  const killed = states.filter((state) => state === 'Killed' || state === 'Timeout').length
  const lived = states.filter((state) => state === 'Survived' || state === 'NoCoverage').length
  return { killed, lived, percent: (100 * killed) / (killed + lived) }
}

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(FILES)
const scores = wanted.map((name) => ({ name, ...scoreOf(name) }))
console.table(scores)
const [killed, lived] = [
  scores.reduce((sum, each) => sum + (each.killed ?? 0), 0),
  scores.reduce((sum, each) => sum + (each.lived ?? 0), 0),
]
const total = (100 * killed) / (killed + lived)
console.log(`${killed} killed, ${lived} lived: ${total.toFixed(1)} %`)
if (scores.some(({ percent }) => percent === undefined) || total < BREAK_AT) process.exitCode = 1
