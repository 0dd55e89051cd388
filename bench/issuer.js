/** The issuer of the benchmarks: its keys, its tokens, and the server that publishes the keys. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { createServer } from 'node:http'

export const ISSUER = 'https://issuer.bench'
export const AUDIENCE = 'https://api.bench'

const P1363 = { dsaEncoding: 'ieee-p1363' }
const KINDS = {
  RS256: { type: 'rsa', parameters: { modulusLength: 2048 }, hash: 'sha256', scheme: {} },
  PS256: {
    type: 'rsa',
    parameters: { modulusLength: 2048 },
    hash: 'sha256',
    scheme: { padding: 6, saltLength: 32 },
  },
  ES256: { type: 'ec', parameters: { namedCurve: 'P-256' }, hash: 'sha256', scheme: P1363 },
  EdDSA: { type: 'ed25519', parameters: {}, hash: null, scheme: {} },
  ES384: { type: 'ec', parameters: { namedCurve: 'P-384' }, hash: 'sha384', scheme: P1363 },
}

export const ALGORITHMS = Object.keys(KINDS)

export function generateKeys() {
  return Object.fromEntries(
    Object.entries(KINDS).map(([alg, { type, parameters }]) => {
      const { privateKey } = generateKeyPairSync(type, parameters)
      return [alg, privateKey.export({ type: 'pkcs8', format: 'pem' })]
    }),
  )
}

/** Created from the PEMs of `generateKeys`, which can be passed to another process. */
export class Issuer {
  constructor(pems) {
    this.keys = Object.fromEntries(
      Object.entries(pems).map(([alg, pem]) => {
        const privateKey = createPrivateKey(pem)
        return [alg, { privateKey, publicKey: createPublicKey(privateKey) }]
      }),
    )
  }

  get jwks() {
    const keys = Object.entries(this.keys).map(([alg, { publicKey }]) => ({
      ...publicKey.export({ format: 'jwk' }),
      kid: alg,
      alg,
      use: 'sig',
    }))
    return { keys }
  }

  /** About 900 characters with RS256, like access tokens of the large providers. */
  token(alg, sub, claims = {}) {
    const { hash, scheme } = KINDS[alg]
    const now = Math.floor(Date.now() / 1000)
    const payload = {
      iss: ISSUER,
      aud: AUDIENCE,
      sub,
      client_id: 'client-1',
      iat: now,
      exp: now + 86_400,
      jti: `${alg}-${sub}`,
      scope: 'orders:read orders:write profile',
      ...claims,
      groups: Array.from({ length: 8 }, (_, i) => `group-${i}-${sub}`),
    }
    const input = `${encode({ alg, kid: alg, typ: 'at+jwt' })}.${encode(payload)}`
    const signature = sign(hash, Buffer.from(input), { key: this.keys[alg].privateKey, ...scheme })
    return `${input}.${signature.toString('base64url')}`
  }

  tokens(alg, count, claims) {
    return Array.from({ length: count }, (_, i) => this.token(alg, `user-${i}`, claims))
  }

  /** The arguments of `crypto.verify`, which is the floor for new tokens. */
  verifyArguments(alg) {
    const { hash, scheme } = KINDS[alg]
    const { publicKey } = this.keys[alg]
    return { hash, key: Object.keys(scheme).length > 0 ? { key: publicKey, ...scheme } : publicKey }
  }

  pem(alg) {
    return this.keys[alg].publicKey.export({ type: 'spki', format: 'pem' })
  }

  /** Publishes the keys on loopback; `delayMs` delays each response. */
  async listen({ delayMs = 0, maxAgeSeconds = 3600 } = {}) {
    let requests = 0
    const server = createServer((_req, res) => {
      requests++
      setTimeout(() => {
        res.setHeader('cache-control', `max-age=${maxAgeSeconds}`)
        res.setHeader('content-type', 'application/json')
        res.end(JSON.stringify(this.jwks))
      }, delayMs)
    })
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    return {
      jwksUri: `http://127.0.0.1:${server.address().port}/jwks`,
      requests: () => requests,
      close: () => {
        server.closeAllConnections()
        server.close()
      },
    }
  }
}

function encode(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
