/** The whole story as shell commands: how to get each token, and what it gives access to. */
import { API, API_OPAQUE, INITIAL_ACCESS_TOKEN, office, OTHER_API, shop } from './names.js'
import type { Demo } from './start.js'

const ORDER = `-H "$JSON" -d '{"item":"a pen"}'`
const EVENT = `-H "$JSON" -d '{"type":"order.paid"}'`

/** Returns a script of commands and `#` comments. Each request ends with its expected status. */
export function tellByCurl({ api, issuer }: Demo): string {
  return `setopt interactive_comments 2> /dev/null || true
API=${api}
ISSUER=${issuer}
RESOURCE=${API}
JSON='Content-Type: application/json'
member() { node -pe "JSON.parse(fs.readFileSync(0))['$1']"; }

# 1. A machine gets a token with its client secret: RFC 6749 section 4.4.
SHOP=$(curl -s $ISSUER/token -u ${shop.id}:${shop.secret} -d grant_type=client_credentials \\
  -d resource=$RESOURCE -d scope=${shop.scopes.join('+')} | member access_token)
OFFICE=$(curl -s $ISSUER/token -u ${office.id}:${office.secret} -d grant_type=client_credentials \\
  -d resource=$RESOURCE -d scope=${office.scopes.join('+')} | member access_token)

# 2. Look inside: anyone can read the header and the payload.
echo $SHOP | node -pe 'fs.readFileSync(0, "utf8").split(".").slice(0, 2).map((part) => Buffer.from(part, "base64url") + "").join("\\n")'

# 3. Call the API.
${requests([
  ['$API/', '200, public'],
  ['$API/me', '401, no token'],
  [`$API/me ${bearer('SHOP')}`, '200'],
  [`$API/orders ${bearer('SHOP')}`, '200, requires scope orders:read'],
  [`$API/orders ${bearer('SHOP')} ${ORDER}`, '403, requires scope orders:write'],
  [`$API/orders ${bearer('OFFICE')} ${ORDER}`, '201'],
  [`$API/admin ${bearer('SHOP')}`, '403, requires role admin'],
  [`$API/admin ${bearer('OFFICE')}`, '200'],
])}

# 4. A machine without a secret generates a key pair and registers the public key: RFC 7591.
PAIR=$(node -e '${KEY_PAIR}')
CLIENT=$(curl -s $ISSUER/reg -H 'Authorization: Bearer ${INITIAL_ACCESS_TOKEN}' -H "$JSON" \\
  -d "{\\"token_endpoint_auth_method\\":\\"private_key_jwt\\",\\"scope\\":\\"orders:read events:write\\",\\"jwks\\":{\\"keys\\":[$(echo "$PAIR" | sed -n 1p)]}}" | member client_id)

# 5. It signs an assertion and exchanges it for a token: RFC 7523 section 2.2.
ASSERTION=$(node -e '${SIGN}' "$(echo "$PAIR" | sed -n 2p)" $CLIENT $ISSUER)
ask() { curl -s "$@" $ISSUER/token -d grant_type=client_credentials -d resource=$RESOURCE -d scope=events:write \\
  -d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer -d client_assertion=$ASSERTION; }
MACHINE=$(ask | member access_token)

# 6. It delivers an event.
${requests([[`$API/webhooks/events ${bearer('MACHINE')} ${EVENT}`, '200, machines only']])}

# 7. Requests that are refused.
${requests([
  [
    `$API/webhooks/events -H "Authorization: Bearer \${MACHINE}x" ${EVENT}`,
    '401, the signature is not valid',
  ],
  [`$API/webhooks/events ${bearer('OFFICE')} ${EVENT}`, '403, requires scope events:write'],
  [`"$API/me?access_token=$MACHINE"`, '401, this API does not read tokens from the URL'],
])}
BILLING=$(curl -s $ISSUER/token -u ${shop.id}:${shop.secret} -d grant_type=client_credentials \\
  -d resource=${OTHER_API} -d scope=events:write | member access_token)
${requests([[`$API/webhooks/events ${bearer('BILLING')} ${EVENT}`, '401, a token for another API']])}
ask -iw '\\n'  # 401, an assertion is valid for one use only

# 8. A user gets a token by password. RFC 9700 section 2.4 forbids this; the page shows how to do it properly.
ALICE=$(curl -s $ISSUER/token -d grant_type=password -d client_id=app-of-2012 -d username=alice -d password=wonderland \\
  -d resource=$RESOURCE -d scope=orders:read | member access_token)
${requests([
  [`$API/me ${bearer('ALICE')}`, '200'],
  [`$API/admin ${bearer('ALICE')}`, '403, requires role admin'],
])}

# 9. An opaque token, which the API asks the authorization server about: RFC 7662. The shop takes it back: RFC 7009.
OPAQUE=$(curl -s $ISSUER/token -u ${shop.id}:${shop.secret} -d grant_type=client_credentials \\
  -d resource=${API_OPAQUE} -d scope=orders:read | member access_token)
${requests([
  [`$API/orders ${bearer('OPAQUE')}`, '200'],
  [`$ISSUER/token/revocation -u ${shop.id}:${shop.secret} -d token=$OPAQUE`, '200'],
  [`$API/orders ${bearer('OPAQUE')}`, '401, taken back'],
])}

# 10. A TV requests a code. A user would enter it at verification_uri: RFC 8628.
${requests([['$ISSUER/device/auth -d client_id=television -d resource=$RESOURCE -d scope=orders:read', '200']])}`
}

function bearer(variable: string) {
  return `-H "Authorization: Bearer $${variable}"`
}

function requests(table: readonly (readonly [request: string, result: string])[]) {
  const width = Math.max(...table.map(([request]) => request.length))
  return table.map(([request, result]) => `curl -isw '\\n' ${request.padEnd(width)}  # ${result}`).join('\n')
}

/** Prints the public key on the first line, and the private key on the second. */
const KEY_PAIR = `
const { generateKeyPairSync } = require("node:crypto")
const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
for (const key of [publicKey, privateKey]) console.log(JSON.stringify(key.export({ format: "jwk" })))
`

const SIGN = `
const { createPrivateKey, randomUUID, sign } = require("node:crypto")
const [jwk, client, issuer] = process.argv.slice(1)
const key = createPrivateKey({ key: JSON.parse(jwk), format: "jwk" })
const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url")
const exp = Math.floor(Date.now() / 1000) + 60
const claims = { iss: client, sub: client, aud: issuer, jti: randomUUID(), exp }
const input = encode({ alg: "ES256" }) + "." + encode(claims)
const signature = sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" })
console.log(input + "." + signature.toString("base64url"))
`
