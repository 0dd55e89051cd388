/**
 * Measures the footprint of the package: heap per cached token, memory during a flood, import time,
 * installed size.
 */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { BUILT } from '../subjects/middlewares.js'
import { inTurn, median, round3 } from '../statistics.js'
import { installedBytes } from './size.js'

const IMPORTED = {
  'bare node': undefined,
  'express-resource-server': BUILT,
  jose: 'jose',
  'aws-jwt-verify': 'aws-jwt-verify',
  'fast-jwt': 'fast-jwt',
  'express-oauth2-jwt-bearer': 'express-oauth2-jwt-bearer',
  'express-jwt + jwks-rsa': ['express-jwt', 'jwks-rsa'],
  'passport + passport-jwt + jwks-rsa': ['passport', 'passport-jwt', 'jwks-rsa'],
}

export function runFootprint({ isQuick }) {
  const flood = isQuick ? 100_000 : 1_000_000
  const memory = JSON.parse(
    execFileSync(process.execPath, ['--expose-gc', here('memory.js'), String(flood)], { encoding: 'utf8' }),
  )
  const result = { memory, imports: importTimes(isQuick ? 9 : 25), installedKilobytes: sizes() }
  console.log(result)
  return result
}

/** Wall-clock milliseconds from process start to end, minus those of an empty `node` process. */
function importTimes(rounds) {
  const times = Object.fromEntries(Object.keys(IMPORTED).map((each) => [each, []]))
  for (let round = 0; round < rounds; round++) {
    for (const name of inTurn(Object.keys(IMPORTED), round)) {
      const code = [IMPORTED[name] ?? []]
        .flat()
        .map((each) => `import ${JSON.stringify(each)}`)
        .join('\n')
      const started = performance.now()
      execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd: here('.') })
      times[name].push(performance.now() - started)
    }
  }
  const bare = times['bare node']
  return Object.fromEntries(
    Object.entries(times).map(([name, values]) => [
      name,
      round3(median(values.map((each, i) => each - bare[i]))),
    ]),
  )
}

function sizes() {
  const kilobytes = ([name, imported]) => [name, Math.round(installedBytes([imported].flat()) / 1000)]
  return Object.fromEntries(
    Object.entries(IMPORTED)
      .filter(([, imported]) => imported !== undefined)
      .map(kilobytes),
  )
}

function here(file) {
  return fileURLToPath(new URL(file, import.meta.url))
}
