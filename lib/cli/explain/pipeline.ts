/** Runs the real resource server and the real guards on a token, and again without what refused it. */
import {
  ConfigurationError,
  requireRoles,
  requireScopes,
  resourceServer,
  ResourceServerError,
} from '../../index.js'
import type { ResourceRequest, ResourceServerOptions } from '../../index.js'
import { isObject, own } from '../../core/base/own.js'
import type { JsonObject } from '../../core/base/own.js'
import { parseJson } from '../../core/base/strict-json.js'
import { stepOf } from './steps.js'

export interface Settings {
  /** The preset refuses its words, so that there is no server. */
  readonly refused: ConfigurationError | undefined
  readonly options: ResourceServerOptions
  readonly scopes: readonly string[]
  readonly roles: readonly string[]
}

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

/**
 * What would refuse the token if the first refusal were put right, in order: each is left out in
 * turn. Nothing is accepted by this, it only saves the next attempts.
 */
export async function furtherRefusals(
  first: ResourceServerError,
  token: string,
  settings: Settings,
): Promise<readonly ResourceServerError[]> {
  const further: ResourceServerError[] = []
  const found = new Set<string>()
  let error: ResourceServerError | undefined = first
  let relaxed: Settings | undefined = settings
  while (further.length < MAX_FURTHER) {
    found.add(kindOf(error))
    relaxed = withoutStep(error, token, relaxed)
    if (relaxed === undefined) break
    error = await judge(token, relaxed)
    if (error === undefined || found.has(kindOf(error))) break
    further.push(error)
  }
  return further
}

/** One code may be about two steps. */
function kindOf(error: ResourceServerError): string {
  return `${error.code} ${stepOf(error) ?? ''}`
}

/** `undefined`: nothing can be left out. */
function withoutStep(error: ResourceServerError, token: string, settings: Settings): Settings | undefined {
  const { options } = settings
  if (error instanceof ConfigurationError) return undefined
  // The client would send another token then, about which this one says nothing.
  if (error.code === 'ERR_NOT_AN_ACCESS_TOKEN' || error.hint === 'id_token') return undefined
  switch (error.code) {
    case 'ERR_TOKEN_EXPIRED':
    case 'ERR_TOKEN_NOT_YET_VALID':
    case 'ERR_TOKEN_TOO_OLD':
      return atTimeOf(token, settings)
    case 'ERR_TOKEN_TYPE':
      return { ...settings, options: { ...options, profile: 'jwt' } }
    case 'ERR_AUDIENCE_MISMATCH':
      return { ...settings, options: anyAudience(options) }
    default:
      return undefined
  }
}

function anyAudience(options: ResourceServerOptions): ResourceServerOptions {
  return { ...options, audience: undefined, dangerouslyAcceptAnyAudience: true }
}

function atTimeOf(token: string, settings: Settings): Settings | undefined {
  const claims = claimsOf(token)
  const times = ['nbf', 'iat']
    .map((name) => claims && own(claims, name))
    .filter((each) => typeof each === 'number')
  const exp = claims && own(claims, 'exp')
  if (typeof exp !== 'number') return undefined
  const seconds = times.length > 0 ? Math.max(...times) : exp - 1
  // There is no time at which it is valid.
  if (seconds >= exp) return undefined
  return { ...settings, options: { ...settings.options, clock: { epochMs: () => seconds * 1000 } } }
}

/** Unverified: good for hints only. */
export function claimsOf(token: string): JsonObject | undefined {
  return partOf(token, 1)
}

/** Unverified: good for hints only. */
export function headerOf(token: string): JsonObject | undefined {
  return partOf(token, 0)
}

function partOf(token: string, index: number): JsonObject | undefined {
  const json = parseJson(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString())
  return isObject(json) ? json : undefined
}
