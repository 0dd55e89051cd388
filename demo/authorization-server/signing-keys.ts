/** The private keys that tokens are signed with, and how they are replaced without anyone noticing. */
import { exportJWK, generateKeyPair } from 'jose'
import type { JWK } from 'jose'
import type { Algorithm } from './resources.js'

export class SigningKeys {
  readonly #algorithms: ReadonlySet<string>
  #generation = 0
  #current: readonly JWK[] = []
  #previous: readonly JWK[] = []

  constructor(algorithms: readonly Algorithm[]) {
    // oidc-provider insists on RS256 for its ID tokens. HS256 has a secret, which nobody publishes.
    this.#algorithms = new Set(['RS256', ...algorithms.filter((algorithm) => algorithm !== 'HS256')])
  }

  /** New keys sign from now on. Those before stay published, for the tokens that they have signed; older ones go. */
  async rotate(): Promise<void> {
    this.#generation += 1
    const suffix = this.#generation === 1 ? '' : `-${this.#generation}`
    const keys = await Promise.all([...this.#algorithms].map((algorithm) => generate(algorithm, suffix)))
    this.#previous = this.#current
    this.#current = keys
  }

  /** oidc-provider signs with the first that fits. */
  get jwks(): { keys: readonly JWK[] } {
    return { keys: [...this.#current, ...this.#previous] }
  }
}

async function generate(algorithm: string, suffix: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  return { ...(await exportJWK(privateKey)), alg: algorithm, use: 'sig', kid: `demo-${algorithm}${suffix}` }
}
