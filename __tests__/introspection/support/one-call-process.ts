/** A process that makes one call and closes nothing: its argument is the issuer. */
import http from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { introspection } from '../../../lib/introspection/index.js'
import { resourceServer } from '../../../lib/index.js'

// No time limit for idle connections, unlike that of Node's own agent.
http.globalAgent = new http.Agent({ keepAlive: true })
const [issuer = ''] = process.argv.slice(2)
const api = resourceServer({
  issuer: { issuer, opaqueOnly: true },
  audience: 'api',
  opaque: introspection({ endpoint: `${issuer}/introspect`, client: { id: 'api', secret: 's' } }),
})
const { subject } = await api.verify('token')
await turn()
const kept = Object.values(http.globalAgent.freeSockets).flat().length
console.log(`${String(subject)}, ${kept} kept`)
