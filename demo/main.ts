/** `npm run demo`: starts the authorization server and the API, and prints what to try. */
import type { Client } from './authorization-server.js'
import { discoverEndpoints, requestToken } from './client.js'
import { readPorts, reportFailure } from './command-line.js'
import { API, office, shop } from './names.js'
import type { Demo } from './start.js'
import { startDemo } from './start.js'

async function invitation({ api, issuer }: Demo) {
  const { token } = await discoverEndpoints(issuer)
  return `API                   ${api}
Authorization server  ${issuer}

Paste this into another shell; the two tokens live for ten minutes:

API=${api}
SHOP='Authorization: Bearer ${await obtainToken(token, shop)}'
OFFICE='Authorization: Bearer ${await obtainToken(token, office)}'
JSON='Content-Type: application/json'

And then, with what will come back:

${commands()}

How the shop gets another token:

curl ${token} -u ${shop.id}:${shop.secret} -d grant_type=client_credentials \\
  -d resource=${API} -d scope=${shop.scopes.join('+')}

Ctrl-C ends both servers.`
}

async function obtainToken(tokenEndpoint: string, { id, secret, scopes }: Client) {
  const wanted = { resource: API, scope: scopes.join(' ') }
  const { body } = await requestToken(tokenEndpoint, wanted, { clientId: id, secret })
  return String(body.access_token)
}

function commands() {
  const order = `-H "$JSON" -d '{"item":"a pen"}'`
  const event = `-H "$JSON" -d '{"type":"order.paid"}'`
  const table = [
    ['$API/', '200 open to everyone'],
    ['$API/me', '401 no token'],
    ['$API/me -H "$SHOP"', '200'],
    ['$API/orders -H "$SHOP"', '200 the scope is orders:read'],
    [`$API/orders -H "$SHOP" ${order}`, '403 the scope is orders:write'],
    [`$API/orders -H "$OFFICE" ${order}`, '201'],
    ['$API/admin -H "$SHOP"', '403 the role is admin'],
    ['$API/admin -H "$OFFICE"', '200'],
    [`$API/webhooks/events -H "$SHOP" ${event}`, '200 the scope is events:write, machines only'],
  ] as const
  const width = Math.max(...table.map(([request]) => request.length))
  return table.map(([request, result]) => `curl -i ${request.padEnd(width)}  # ${result}`).join('\n')
}

async function main() {
  const demo = await startDemo(readPorts())
  process.once('SIGINT', () => void demo.close())
  process.once('SIGTERM', () => void demo.close())
  console.log(await invitation(demo))
}

main().catch(reportFailure)
