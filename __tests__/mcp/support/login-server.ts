/** The authorization server of the MCP demo, in a process of its own. Prints its issuer. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAuthorizationServer } from '../../../demo/mcp/authorization-server.js'

const server = createServer().listen(0, '127.0.0.1')
await once(server, 'listening')
const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
server.on('request', await createAuthorizationServer(issuer))
console.log(`issuer ${issuer}`)
