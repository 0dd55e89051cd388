/**
 * What revocation costs a repeated token: `node bench/revocation.js` after `npm run build`. Calls
 * `authenticate()` in this process, without HTTP, in turn with and without the store.
 */
import { resourceServer } from '../dist/index.js'
import { memoryRevocations, revocation } from '../dist/revocation.js'
import { createTestIssuer } from '../dist/testing.js'
import { median } from './statistics.js'

const CALLS = 1_000_000
const ROUNDS = 5
const TOKENS = 1000

const issuer = createTestIssuer()
const exp = Math.floor(Date.now() / 1000) + 7200
const tokens = await Promise.all(
  Array.from({ length: TOKENS }, (_, index) => issuer.token({ exp, sid: `s${index}`, sub: `u${index}` })),
)
const requests = tokens.map((token) => ({
  method: 'GET',
  url: '/',
  headers: { authorization: `Bearer ${token}` },
  rawHeaders: ['Authorization', `Bearer ${token}`],
}))

function storeWith(entries) {
  const store = memoryRevocations()
  for (let index = 0; index < entries; index++)
    store.revoke({ issuer: issuer.issuer, subject: `other${index}`, forSeconds: 7200 })
  return { revocation: revocation(store) }
}

const subjects = Object.entries({
  'without revocation': {},
  'with an empty store': storeWith(0),
  'with 100,000 entries': storeWith(100_000),
}).map(([name, options]) => ({ name, api: resourceServer({ ...issuer.options, ...options }), times: [] }))

async function microseconds(api, calls) {
  const start = process.hrtime.bigint()
  for (let index = 0; index < calls; index++) await api.authenticate(requests[index % TOKENS])
  return Number(process.hrtime.bigint() - start) / 1000 / calls
}

for (const { api } of subjects) await microseconds(api, 100_000)
for (let round = 0; round < ROUNDS; round++)
  for (const { api, times } of subjects) times.push(await microseconds(api, CALLS))

const [base] = subjects
for (const { name, times } of subjects) {
  const more = median(times.map((time, index) => time - base.times[index]))
  console.log(`${name}: ${median(times).toFixed(2)} µs a call, ${more.toFixed(2)} µs more`)
}
