/** Types of options: what seems empty, or stands in the place of something else, does not compile. */
import { requireActor, requireAuthentication, requireThat, resourceServer } from 'express-resource-server'
import type { ResourceServerOptions } from 'express-resource-server'
import { dpop } from 'express-resource-server/dpop'
import { introspection } from 'express-resource-server/introspection'
import { jwe } from 'express-resource-server/jwe'
import { mtls } from 'express-resource-server/mtls'
import { keycloak } from 'express-resource-server/providers'
import { createTestIssuer } from 'express-resource-server/testing'

const issuer = createTestIssuer()
const usual = issuer.options
const map = new Map<string, unknown>()

// @ts-expect-error -- a Map seems empty
requireAuthentication(map)
// @ts-expect-error -- a promise seems empty
requireAuthentication(Promise.resolve({ maxAgeSeconds: 60 }))
// @ts-expect-error -- parameters of a URL
requireAuthentication(new URLSearchParams('acrValues=gold'))
// @ts-expect-error -- a Map seems empty
requireThat(() => true, map)
// @ts-expect-error -- one string, with a space between
requireThat(() => true, { scope: ['a', 'b'] })
// @ts-expect-error -- a Map seems empty
requireActor(map)
// @ts-expect-error -- a Map seems empty
mtls(map)
// @ts-expect-error -- a promise seems empty
mtls(Promise.resolve({ required: true }))
// @ts-expect-error -- a Map seems empty
dpop(map)
// @ts-expect-error -- a Map seems empty
jwe(map)
// @ts-expect-error -- a Map seems empty
introspection(map)
// @ts-expect-error -- a Map seems empty
keycloak(map)
// @ts-expect-error -- a Map seems empty
createTestIssuer(map)
// @ts-expect-error -- a promise seems empty
resourceServer(Promise.resolve(usual))

export const wrong: readonly ResourceServerOptions[] = [
  // @ts-expect-error -- a Map seems empty
  { ...usual, keys: map },
  // @ts-expect-error -- a date seems empty
  { ...usual, keys: new Date() },
  // @ts-expect-error -- keys of the issuer, and not how they are fetched
  { ...usual, keys: issuer.jwks },
  // @ts-expect-error -- a set seems empty
  { ...usual, tokenCache: new Set<string>() },
  // @ts-expect-error -- a string, not a URL object
  { ...usual, issuer: new URL('https://issuer.test') },
  // @ts-expect-error -- a URL, which is jwksUri
  { ...usual, issuer: { issuer: 'https://issuer.test', jwks: 'https://issuer.test/jwks' } },
  // @ts-expect-error -- an array, not a JWK Set
  { ...usual, issuer: { issuer: 'https://issuer.test', jwks: issuer.jwks.keys } },
]
