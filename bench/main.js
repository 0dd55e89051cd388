/**
 * `npm run bench`: all figures of docs/speed.md in one run. `--quick` takes about two minutes
 * instead of twenty; `--only verify|http|refresh|footprint` runs one part. Writes results/*.json,
 * and docs/bench.svg unless quick.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { arch, cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { chartPanels, toSvg } from './chart.js'
import { runFootprint } from './footprint/run.js'
import { runHttp } from './http/run.js'
import { generateKeys, Issuer } from './issuer.js'
import { runRefresh } from './refresh.js'
import { runVerify } from './verify.js'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    workload: { type: 'string' },
  },
})
const isQuick = values.quick
const pems = generateKeys()
const { jwksUri, close } = await new Issuer(pems).listen()
const parts = { verify: runVerify, http: runHttp, refresh: runRefresh, footprint: runFootprint }
const machine = () => ({
  node: process.version,
  arch: arch(),
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  load: loadavg(),
})
const directory = new URL('results/', import.meta.url)
mkdirSync(directory, { recursive: true })
for (const [name, run] of Object.entries(parts)) {
  if (values.only !== undefined && values.only !== name) continue
  const before = machine()
  const report = (result) => print(name, result)
  const result = await run({ pems, jwksUri, isQuick, report, only: values.workload })
  const file = new URL(`${name}${isQuick ? '-quick' : ''}.json`, directory)
  writeFileSync(file, `${JSON.stringify({ machine: before, loadAfter: loadavg(), result }, undefined, 2)}\n`)
  if (name === 'http' && values.workload === undefined && !isQuick) {
    writeFileSync(new URL('../docs/bench.svg', import.meta.url), toSvg(chartPanels(result.workloads)))
  }
}
close()

/** Prints each result immediately, so that an interrupted run is not lost. */
function print(name, { rows, floor, ...what }) {
  console.log(`\n${name}: ${Object.values(what).join(', ')}${floor === undefined ? '' : `; 1 is: ${floor}`}`)
  console.table(rows)
}
