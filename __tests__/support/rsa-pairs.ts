/**
 * Before all tests: RSA key pairs for them to share, made once for a checkout. Finding one takes 0.3 s of CPU, and each file of
 * tests wants at least one.
 */
import { generateKeyPair } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'

const PAIRS = 24

export default async function makePairs(): Promise<void> {
  const file = path.resolve(__dirname, '../../node_modules/.cache/rsa-pairs.json')
  process.env['RSA_PAIRS_FILE'] = file
  if (existsSync(file)) return
  const pairs = await Promise.all(
    Array.from({ length: PAIRS }, () =>
      promisify(generateKeyPair)('rsa', {
        modulusLength: 2048,
        publicKeyEncoding: { type: 'spki', format: 'pem' },
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      }),
    ),
  )
  mkdirSync(path.dirname(file), { recursive: true })
  // Whole or not there: another run may start meanwhile.
  const unfinished = `${file}.${String(process.pid)}`
  writeFileSync(unfinished, JSON.stringify(pairs), { mode: 0o600 })
  renameSync(unfinished, file)
}
