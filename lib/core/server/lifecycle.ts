/** What applications can ask of a server's key sources outside a request. */
import { ConfigurationError } from '../errors/errors.js'
import type { Issuers, ManagedIssuer } from '../token/issuers.js'
import type { KeySetHealth, KeyStatus } from '../keys/health.js'
import type { KeysSnapshot } from '../keys/snapshot.js'
import { option } from '../base/own.js'
import type { IntrospectionHealth } from './introspection-health.js'
import type { Server } from './server.js'

/** The state of one issuer's keys. */
export interface IssuerHealth extends KeySetHealth {
  readonly issuer: string
}

/** The state of a resource server, read without I/O. */
export interface Health {
  readonly issuers: readonly IssuerHealth[]
  /** Present if opaque tokens are introspected. */
  readonly introspection?: IntrospectionHealth
  /** Whether the server refuses nothing, because of `dangerouslyReportOnly`. */
  readonly isReportOnly: boolean
}

export interface IssuerSelection {
  /** One of the trusted issuers. Default: all. */
  readonly issuer?: string | undefined
}

export async function ready(
  { issuers, verifiers }: Pick<Server, 'issuers' | 'verifiers'>,
  timeoutMs: number,
): Promise<void> {
  const keys = [...issuers.all()].map((each) => each.keys.ready(timeoutMs))
  await Promise.all([...keys, ...verifiers.map((each) => each.ready?.(timeoutMs))])
}

export async function refresh(issuers: Issuers, selection: IssuerSelection): Promise<void> {
  await Promise.all(select(issuers, selection).map((each) => each.keys.refresh()))
}

/** Also ends the verifications in progress by these issuers, so that purged keys decide nothing any more. */
export function purge(
  {
    issuers,
    verifications,
    verifiers,
    tokenCache,
  }: Pick<Server, 'issuers' | 'verifications' | 'verifiers' | 'tokenCache'>,
  selection: IssuerSelection,
): void {
  const only = option(selection, 'issuer')
  const lookedUp = issuers.purge(only)
  // A resolver may add an issuer that has no keys yet.
  const isNew = only !== undefined && lookedUp.includes(only) && issuers.get(only) === undefined
  const selected = isNew ? [] : select(issuers, selection)
  for (const { keys } of selected) keys.purge()
  const names = new Set([...lookedUp, ...selected.map(({ issuer }) => issuer)])
  for (const verifier of verifiers) verifier.purge?.(names)
  verifications.purge(only === undefined ? undefined : names)
  tokenCache?.forgetPending()
}

export function healthOf({
  issuers,
  verifiers,
}: Pick<Server, 'issuers' | 'verifiers'>): Omit<Health, 'isReportOnly'> {
  const [introspection] = verifiers.flatMap((each) => each.health?.() ?? [])
  return {
    issuers: [...issuers.all()].map(({ issuer, keys }) => ({ issuer, ...keys.health() })),
    ...(introspection !== undefined && { introspection }),
  }
}

/** How many of the issuers must be down for the whole to be down. */
export type FailWhen = 'all' | 'any' | 'never'

/** Issuers that a resolver adds do not count: anyone may have named them. */
export function isDown(issuers: Issuers, failWhen: FailWhen): boolean {
  const states = [...issuers.configured()].map(({ keys }) => keys.health().status)
  if (failWhen === 'never' || states.length === 0) return false
  return failWhen === 'any' ? states.includes('down') : states.every((status) => status === 'down')
}

/** The state of a server that is not down, in one word. */
export function summaryOf({
  issuers,
  introspection,
}: Omit<Health, 'isReportOnly'>): Exclude<KeyStatus, 'down'> {
  const states = new Set<KeyStatus>(issuers.map(({ status }) => status))
  if (introspection !== undefined) states.add(introspection.status)
  if (states.has('degraded') || states.has('down')) return 'degraded'
  return states.has('starting') ? 'starting' : 'up'
}

export function snapshotOf(issuers: Issuers): KeysSnapshot {
  const entries = [...issuers.all()].map(({ issuer, keys }) => ({ issuer, keys: keys.snapshot() }))
  return {
    version: 1,
    issuers: entries.flatMap(({ issuer, keys }) => (keys === undefined ? [] : { issuer, ...keys })),
  }
}

/** Also ends the verifications in progress. */
export function close({
  issuers,
  verifications,
  verifiers,
}: Pick<Server, 'issuers' | 'verifications' | 'verifiers'>): void {
  issuers.close()
  for (const verifier of verifiers) verifier.close?.()
  verifications.close()
}

function select(issuers: Issuers, selection: IssuerSelection): readonly ManagedIssuer[] {
  const issuer = option(selection, 'issuer')
  if (issuer === undefined) return [...issuers.all()]
  const found = issuers.get(issuer)
  if (found === undefined) throw new ConfigurationError('issuer: is not one of the trusted issuers', 'issuer')
  return [found]
}
