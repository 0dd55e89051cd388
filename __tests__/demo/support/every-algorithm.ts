/** Starts an authorization server with one API per signature algorithm, and prints its issuer. */
import { startAuthorizationServer } from '../../../demo/authorization-server.js'
import { ALGORITHMS, client, SECRET, toResource } from './algorithms.js'

const resources = ALGORITHMS.map((algorithm) => {
  const secret = algorithm === 'HS256' && { secret: new TextEncoder().encode(SECRET) }
  return [toResource(algorithm), { algorithm, scopes: client.scopes, ...secret }] as const
})

const { url, close } = await startAuthorizationServer({
  port: 0,
  clients: [client],
  resources: Object.fromEntries(resources),
})
process.once('SIGINT', () => void close())
console.log(`issuer ${url}`)
