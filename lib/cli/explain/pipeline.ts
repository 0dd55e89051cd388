/** Runs the real resource server and the real guards on a token, and again without what refused it. */
import {
  ConfigurationError,
  requireRoles,
  requireScopes,
  resourceServer,
  ResourceServerError,
} from '../../index.js'
import type { ResourceRequest } from '../../index.js'
import { isSpelling, withoutStep } from './relaxed.js'
import type { Settings } from './settings.js'
import { stepOf } from './steps.js'

const MAX_FURTHER = 5

/** `undefined`: it is accepted. Rejects with what is no error of this package. */
export async function judge(token: string, settings: Settings): Promise<ResourceServerError | undefined> {
  if (settings.refused !== undefined) return settings.refused
  try {
    await admit(token, settings)
    return undefined
  } catch (thrown) {
    if (thrown instanceof ResourceServerError) return thrown
    throw thrown
  }
}

async function admit(token: string, { options, scopes, roles }: Settings): Promise<void> {
  const server = resourceServer(options)
  try {
    const guards = [
      ...(scopes.length > 0 ? [requireScopes(...(scopes as [string]))] : []),
      ...(roles.length > 0 ? [requireRoles(...(roles as [string]))] : []),
    ]
    const authorization = `Bearer ${token}`
    const rawHeaders = ['Authorization', authorization]
    const request: ResourceRequest = { method: 'GET', url: '/', headers: { authorization }, rawHeaders }
    const { principal } = await server.authenticate(request)
    for (const guard of guards) guard.check(principal, request)
  } finally {
    server.close()
  }
}

export interface Further {
  readonly after: readonly ResourceServerError[]
  /** The metadata do not name the `iss` of the token, which differs from the option only in form. */
  readonly isOtherIssuer: boolean
}

/**
 * What would refuse the token if the first refusal were put right, in order: each is left out in
 * turn. Nothing is accepted by this, it only saves the next attempts.
 */
export async function furtherRefusals(
  first: ResourceServerError,
  token: string,
  settings: Settings,
): Promise<Further> {
  const further: ResourceServerError[] = []
  const found = new Set<string>()
  let error: ResourceServerError | undefined = first
  let relaxed: Settings | undefined = settings
  while (further.length < MAX_FURTHER) {
    found.add(kindOf(error))
    const wasSpelling = isSpelling(error.hint)
    relaxed = withoutStep(error, token, relaxed)
    if (relaxed === undefined) break
    error = await judge(token, relaxed)
    if (wasSpelling && error?.hint === 'discovery_issuer_mismatch')
      return { after: further, isOtherIssuer: true }
    if (error === undefined || error instanceof ConfigurationError || found.has(kindOf(error))) break
    further.push(error)
  }
  return { after: further, isOtherIssuer: false }
}

/** One code may be about two steps. */
function kindOf(error: ResourceServerError): string {
  return `${error.code} ${stepOf(error) ?? ''}`
}
