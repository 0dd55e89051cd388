/** A process of its own, whose proxy is named by the environment. It must end by itself, without close(). */
import { AUDIENCE } from './key-server.js'
import { ResourceServerError, resourceServer } from '../../lib/index.js'

const [issuer = '', token = ''] = process.argv.slice(2)
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const api = resourceServer({
  issuer: { issuer, jwksUri: 'http://behind-proxy.invalid/jwks' },
  audience: AUDIENCE,
  dangerouslyAllowInsecureHttp: true,
})
const status = await api.verify(token).then(
  () => 200,
  (error: unknown) => (error instanceof ResourceServerError ? error.status : 500),
)
const knows = major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21)
process.stdout.write(JSON.stringify({ knows, status }))
