/**
 * Published test vectors, read from the folder that ATTACKS_DIR names. They are not part of this
 * repository.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ASYMMETRIC_ALGORITHMS, SYMMETRIC_ALGORITHMS } from '../../lib/core/jws/algorithms.js'
import { parseCompactJws } from '../../lib/core/jws/compact-jws.js'
import { HeaderReader } from '../../lib/core/jws/jose-header.js'
import { UnauthorizedError } from '../../lib/core/errors/errors.js'
import { KeyIndex, parseKeySet } from '../../lib/core/jws/jwk-set.js'
import { toSecretKey } from '../../lib/core/jws/verification-key.js'
import { verifySignature } from '../../lib/core/jws/signature.js'

/** Runs the tests of one collection. They are skipped if ATTACKS_DIR names no existing folder. */
export function withVectors(name: string, run: (folder: string) => void): void {
  const root = process.env['ATTACKS_DIR']
  if (root === undefined || !existsSync(root)) {
    test.skip(`vectors/${name}: ATTACKS_DIR must name the folder that holds vectors/`, () => undefined)
    return
  }
  const folder = join(root, 'vectors', name)
  if (!existsSync(folder)) throw new Error(`ATTACKS_DIR has no folder vectors/${name}`)
  run(folder)
}

export function readJson(folder: string, file: string): any {
  return JSON.parse(readFileSync(join(folder, file), 'utf8'))
}

type Jwk = Readonly<Record<string, unknown>>

/** A key set as the vectors hold it, or a single key. */
export type Keys = Jwk | { readonly keys: readonly Jwk[] }

const ALGORITHMS = [...ASYMMETRIC_ALGORITHMS, ...SYMMETRIC_ALGORITHMS]
/** Accepts everything else, so that signature and keys decide. */
const GATES = { maxTokenBytes: 100_000, headers: new HeaderReader(new Set([...ALGORITHMS, 'EdDSA'])) }

/** The keys as an issuer would publish them. */
export function publishedKeys(keys: Keys): KeyIndex {
  const index = parseKeySet({ keys: listOf(keys) }, 100)
  return typeof index === 'string' ? new KeyIndex([]) : index
}

/**
 * Symmetric keys as an operator would give them in the option `secret`; `undefined` if any key is
 * asymmetric.
 */
export function sharedSecrets(keys: Keys): KeyIndex | undefined {
  const list = listOf(keys)
  if (!list.every((jwk) => jwk['kty'] === 'oct')) return undefined
  return new KeyIndex(list.map((jwk) => toSecretKey(Buffer.from(String(jwk['k']), 'base64url'))))
}

function listOf(keys: Keys): readonly Jwk[] {
  return Array.isArray(keys['keys']) ? (keys['keys'] as readonly Jwk[]) : [keys]
}

/** The payload if one of the keys verifies the token; `undefined` if the token is refused. */
export async function opened(jws: unknown, keys: KeyIndex, ignoresKid = false): Promise<string | undefined> {
  try {
    const parsed = parseCompactJws(typeof jws === 'string' ? jws : JSON.stringify(jws), GATES)
    const { alg, kid } = parsed.header
    const candidates = keys.candidates(alg, ignoresKid ? undefined : kid)
    return (await verifySignature(parsed, candidates, new Set(ALGORITHMS))).payload.toString()
  } catch (error) {
    if (error instanceof UnauthorizedError) return undefined
    throw error
  }
}
