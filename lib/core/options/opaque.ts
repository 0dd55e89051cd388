/** The `opaque` option: who is asked about tokens that are not JWTs. RFC 7662. */
import { isObject, isString } from '../base/own.js'
import type { IssuersSettings, MakeVerifier, OpaquePlan, OpaquePlanner } from '../server/settings.js'
import { isFapi } from './fapi.js'
import { runGiven, verifierOf } from './given-code.js'
import type { OptionReader } from './reader.js'

export function parseOpaque(top: OptionReader, issuers: IssuersSettings): readonly MakeVerifier[] {
  const value = top.value('opaque')
  const given = issuers.kind === 'given' ? issuers.issuers : []
  const keyless = given.filter(({ keys }) => keys.kind === 'none')
  if (value === undefined) {
    if (keyless.length > 0)
      top.fail('opaque', 'is required for an issuer with opaqueOnly: introspection({ client })')
    return []
  }
  if (!isOpaquePlanner(value)) return top.fail('opaque', 'must be a value such as introspection({ client })')
  const server = {
    issuers,
    usesFetch: top.has('fetch'),
    isFapi: isFapi(top),
    allowInsecureHttp: top.boolean('dangerouslyAllowInsecureHttp'),
  }
  const plan: unknown = runGiven(top, 'opaque', () => value.plan(server))
  if (!isOpaquePlan(plan)) return top.fail('opaque', 'must plan a verifier: { issuer, makeVerifier }')
  if (keyless.some((each) => each.issuer !== plan.issuer))
    top.fail('opaque', 'asks another issuer than the one with opaqueOnly, whose tokens nothing could verify')
  return [(context) => verifierOf(top, 'opaque', () => plan.makeVerifier(context))]
}

function isOpaquePlan(value: unknown): value is OpaquePlan {
  return isObject(value) && isString(value['issuer']) && typeof value['makeVerifier'] === 'function'
}

function isOpaquePlanner(value: unknown): value is OpaquePlanner {
  return isObject(value) && typeof value['plan'] === 'function'
}
