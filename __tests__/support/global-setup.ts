/** Runs before all tests: makes what would take time in each of them. */
import { generatePrime } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { build } from 'esbuild'

const PRIMES = 8
const BITS = 1024

/**
 * Finds primes for RSA keys, once per checkout. Generating a key pair takes 0.3 s of CPU, so the tests
 * combine these primes instead: 8 primes give 28 keys.
 */
async function findPrimes(): Promise<void> {
  const file = path.resolve(__dirname, '../../node_modules/.cache/rsa-primes.json')
  process.env['RSA_PRIMES_FILE'] = file
  if (existsSync(file)) return
  const primes = (await Promise.all(Array.from({ length: PRIMES }, findPrime))).map(String)
  mkdirSync(path.dirname(file), { recursive: true })
  // Renaming is atomic: another run may start in the meantime.
  const unfinished = `${file}.${String(process.pid)}`
  writeFileSync(unfinished, JSON.stringify(primes), { mode: 0o600 })
  renameSync(unfinished, file)
}

/** A key of exponent 65537 cannot have a prime that is 1 modulo it, as one in 65536 is. */
function findPrime(): Promise<bigint> {
  return new Promise((resolve, reject) => {
    generatePrime(BITS, { bigint: true }, (error, prime) => {
      if (error) reject(error)
      else resolve(prime % 65537n === 1n ? findPrime() : prime)
    })
  })
}

const TESTS = path.resolve(__dirname, '..')

/**
 * Bundles the scripts of child processes, since reading TypeScript takes half a second at the start of
 * each child. Packages stay imports, and so do imports inside functions.
 */
async function bundleChildScripts(): Promise<void> {
  const { TSX_TSCONFIG_PATH: tsconfig = path.resolve(TESTS, '../tsconfig.json') } = process.env
  // Inside the project, so that its packages are found; for each run, since several may go on at once.
  const outdir = path.resolve(TESTS, '../.cache/children', String(process.pid))
  process.env['CHILD_SCRIPTS'] = outdir
  await build({
    entryPoints: [path.join(TESTS, '**/*-process.ts')],
    outbase: TESTS,
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    tsconfig,
  })
}

export default async function prepare(): Promise<void> {
  await Promise.all([findPrimes(), bundleChildScripts()])
}
