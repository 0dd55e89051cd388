/**
 * Measures heap per cached token, then RSS during a flood of one-time tokens, in its own process.
 * Prints JSON.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { AUDIENCE, ISSUER } from '../issuer.js'
import { BUILT } from '../subjects/middlewares.js'

const TOKEN_LENGTH = 900
const REMEMBERED = 5000

const { resourceServer } = await import(BUILT)
const secret = randomBytes(32)
const header = encode({ alg: 'HS256', typ: 'at+jwt' })
const exp = Math.floor(Date.now() / 1000) + 86_400
const res = { headersSent: false, setHeader() {}, end: () => process.exit(1) }

/** A token as long as an RS256 token: a longer claim compensates for the shorter signature. */
function token(i) {
  const claims = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: `user-${i}`,
    client_id: 'client-1',
    exp,
    scope: 'a b c',
    jti: `id-${i}`,
  }
  const missing =
    Math.floor(((TOKEN_LENGTH - 44 - header.length - 1) * 3) / 4) - JSON.stringify(claims).length - 9
  const input = `${header}.${encode({ ...claims, pad: 'x'.repeat(missing) })}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

function encode(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** The header as a parser creates it: one flat string without other references. */
function send(api, i) {
  const authorization = Buffer.from(`Bearer ${token(i)}`).toString('latin1')
  const req = {
    method: 'GET',
    url: '/',
    headers: { authorization },
    rawHeaders: ['Authorization', authorization],
  }
  api(req, res, () => {})
}

function heap() {
  globalThis.gc()
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

const server = () =>
  resourceServer({ issuer: { issuer: ISSUER, secret }, audience: AUDIENCE, algorithms: ['HS256'] })
send(server(), 0)
const remembering = server()
const before = heap()
for (let i = 0; i < REMEMBERED; i++) send(remembering, i)
const heapBytesPerToken = Math.round((heap() - before) / REMEMBERED)
// After the measurement, so that the server and its cache stay alive until the end.
send(remembering, 0)

const flooded = server()
const flood = Number(process.argv[2])
const rssMegabytes = []
for (let i = 0; i < flood; i++) {
  send(flooded, i)
  if ((i + 1) % (flood / 10) === 0) rssMegabytes.push(Math.round(process.memoryUsage().rss / 1e6))
}
console.log(JSON.stringify({ tokenLength: token(1).length, heapBytesPerToken, flood, rssMegabytes }))
