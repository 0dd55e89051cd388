/**
 * Runs before all tests: finds primes for RSA keys, once per checkout. Generating a key pair takes
 * 0.3 s of CPU, so the tests combine these primes instead: 8 primes give 28 keys.
 */
import { generatePrimeSync } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const PRIMES = 8
const BITS = 1024

export default function findPrimes(): void {
  const file = path.resolve(__dirname, '../../node_modules/.cache/rsa-primes.json')
  process.env['RSA_PRIMES_FILE'] = file
  if (existsSync(file)) return
  const primes = Array.from({ length: PRIMES }, () => String(generatePrimeSync(BITS, { bigint: true })))
  mkdirSync(path.dirname(file), { recursive: true })
  // Renaming is atomic: another run may start in the meantime.
  const unfinished = `${file}.${String(process.pid)}`
  writeFileSync(unfinished, JSON.stringify(primes), { mode: 0o600 })
  renameSync(unfinished, file)
}
