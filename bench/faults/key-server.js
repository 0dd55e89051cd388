/**
 * Serves the keys of an issuer on loopback HTTP. Its responses can be made to fail, and it counts
 * requests.
 */
import { generateKeyPairSync, sign } from 'node:crypto'
import { createServer } from 'node:http'

export const ISSUER = 'https://issuer.bench'
export const AUDIENCE = 'https://api.bench'

/**
 * RS256, because every library supports it. RSA keys are generated in advance, because that takes
 * long.
 */
const pool = Array.from({ length: 12 }, () => generateKeyPairSync('rsa', { modulusLength: 2048 }))
let serial = 0

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')

export function makeKey() {
  const { publicKey, privateKey } = pool[serial++ % pool.length]
  const kid = `key-${serial}`
  return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' } }
}

const payload = () => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'user',
  client_id: 'client',
  iat: Math.floor(Date.now() / 1000),
  exp: Math.floor(Date.now() / 1000) + 3600,
  jti: String(serial++),
})

/** Creates a new token each time, so that no token cache hides what happens to keys. */
export function makeToken(key) {
  const input = `${encode({ alg: 'RS256', typ: 'at+jwt', kid: key.kid })}.${encode(payload())}`
  return `${input}.${sign('sha256', Buffer.from(input), key.privateKey).toString('base64url')}`
}

let tail

/** A token with an unknown key id. Its signature is never checked. */
export function inventToken() {
  tail ??= makeToken(makeKey()).replace(/^[^.]*/, '')
  return encode({ alg: 'RS256', typ: 'at+jwt', kid: `invented-${serial++}` }) + tail
}

export const answers = {
  keys: (server) => (res) => answers.json({ keys: server.keys.map(({ jwk }) => jwk) })(res),
  json: (value) => (res) => {
    res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  },
  html: (res) => res.writeHead(200, { 'content-type': 'text/html' }).end('<html>Log in</html>'),
  error: (res) => res.writeHead(500).end(),
  hang: () => {},
  reset: (res) => res.socket.resetAndDestroy(),
}

export async function listen() {
  const state = { keys: [makeKey()], hits: 0, delayMs: 0, answer: undefined }
  state.answer = answers.keys(state)
  const http = createServer((_req, res) => {
    state.hits++
    if (state.delayMs === 0) state.answer(res)
    else setTimeout(() => state.answer(res), state.delayMs)
  })
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve))
  return Object.assign(state, {
    jwksUri: `http://127.0.0.1:${http.address().port}/jwks`,
    recover: () => {
      state.answer = answers.keys(state)
      state.delayMs = 0
    },
    rotate: () => (state.keys = [makeKey()])[0],
    close: () => {
      http.close()
      http.closeAllConnections()
    },
  })
}
