/** DPoP clients of the benchmarks: each has an ES256 key of its own, and a token that is bound to it. */
import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto'

/** How clients name the API, in `htu` and the Host header. */
export const PUBLIC_URL = 'http://api.bench'

export class Client {
  constructor(issuer, sub) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const { kty, crv, x, y } = publicKey.export({ format: 'jwk' })
    const jkt = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')
    this.key = { key: privateKey, dsaEncoding: 'ieee-p1363' }
    this.header = encode({ alg: 'ES256', typ: 'dpop+jwt', jwk: { kty, crv, x, y } })
    this.token = issuer.token('RS256', sub, { cnf: { jkt } })
    this.ath = createHash('sha256').update(this.token).digest('base64url')
  }

  /** A request with a proof that no other request has. */
  request() {
    const claims = { jti: randomUUID(), htm: 'GET', htu: `${PUBLIC_URL}/`, iat: now(), ath: this.ath }
    const input = `${this.header}.${encode(claims)}`
    const signature = sign('sha256', Buffer.from(input), this.key).toString('base64url')
    return { authorization: `DPoP ${this.token}`, dpop: `${input}.${signature}` }
  }
}

function now() {
  return Math.floor(Date.now() / 1000)
}

function encode(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
