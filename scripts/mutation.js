/**
 * Mutation tests of the files in which a mistake would bypass a check: `npm run test:mutation`, or
 * only some of them with `-- claims guards`. Each file runs against the tests of its own subject,
 * in this process. Not part of CI.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'

/** @type {Record<string, [file: string, tests: string]>} */
const FILES = {
  credentials: ['core/http/credentials', 'core/http/credentials express/{credentials,token-places}'],
  'compact-jws': ['core/jws/compact-jws', 'core/jws/compact-jws rfc/{rfc7515,rfc7515-header} express/hints'],
  'strict-json': ['core/base/strict-json', 'core/{base/strict-json,jws/compact-jws,fuzzing}'],
  claims: ['core/token/claims', 'core/token/claims rfc/{rfc7519,rfc7519-validation,rfc9068} express/hints'],
  signature: [
    'core/jws/signature',
    'core/{jws/signature,token/jwt-verifier} rfc/{rfc7515,rfc7515-header} express/hints',
  ],
  issuers: [
    'core/token/issuers',
    'core/{token/issuers,server/{token-cache,lifecycle},token/jwt-verifier,keys/registry} express/hints',
  ],
  state: ['core/keys/state', 'core/keys/{state,refresh}'],
  'token-cache': ['core/server/token-cache', 'core/server/token-cache hostile/verified-cache'],
  answer: ['core/http/answer', 'core/http/answer core/seams express/answers'],
  'mcp-messages': ['mcp/messages', 'mcp/tools'],
  'mcp-tools': ['mcp/tools', 'mcp/tools'],
  'authorization-details': ['core/access/authorization-details', 'express/authorization-details'],
  requirements: [
    'core/access/requirements',
    'core/access/{requirements,hostile-predicates} express/{guards,actors,hints}',
  ],
  combinations: ['core/access/combinations', 'express/{step-up-combined,step-up,guards}'],
  ways: ['core/access/ways', 'core/access/ways express/step-up-combined'],
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
console.log(`${killed} killed, ${lived} survived: ${total.toFixed(1)} %`)
if (scores.some(({ percent }) => percent === undefined) || total < BREAK_AT) process.exitCode = 1
