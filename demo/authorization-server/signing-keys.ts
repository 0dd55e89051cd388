/** Private signing keys, and their rotation without an interruption. */
import { exportJWK, generateKeyPair } from 'jose'
import type { JWK } from 'jose'
import type { Algorithm } from './resources.js'

export class SigningKeys {
  readonly #algorithms: ReadonlySet<string>
  #generation = 0
  #current: readonly JWK[] = []
  #previous: readonly JWK[] = []

  constructor(algorithms: readonly Algorithm[]) {
    // oidc-provider requires RS256 for ID tokens. HS256 uses a secret, which must not be published.
    this.#algorithms = new Set(['RS256', ...algorithms.filter((algorithm) => algorithm !== 'HS256')])
  }

  /**
   * Starts signing with new keys. The previous keys stay published for the tokens that they have
   * signed. Older keys are removed.
   */
  async rotate(): Promise<void> {
    this.#generation += 1
    const suffix = this.#generation === 1 ? '' : `-${this.#generation}`
    const keys = await Promise.all([...this.#algorithms].map((algorithm) => generate(algorithm, suffix)))
    this.#previous = this.#current
    this.#current = keys
  }

  /** Current keys come first, because oidc-provider signs with the first suitable one. */
  get jwks(): { keys: readonly JWK[] } {
    return { keys: [...this.#current, ...this.#previous] }
  }
}

async function generate(algorithm: string, suffix: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  return { ...(await exportJWK(privateKey)), alg: algorithm, use: 'sig', kid: `demo-${algorithm}${suffix}` }
}
