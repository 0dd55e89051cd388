/** What can be asked of a resource server's key sources from outside a request. */
import { ConfigurationError } from './errors.js'
import type { Issuers, TrustedIssuer } from './issuers.js'
import type { KeySetHealth } from './keys/key-set.js'

/** The state of one issuer's keys. */
export interface IssuerHealth extends KeySetHealth {
  readonly issuer: string
}

/** The state of a resource server, read without any I/O. */
export interface Health {
  readonly issuers: readonly IssuerHealth[]
  /** Whether nothing is refused, because of `dangerouslyReportOnly`. */
  readonly isReportOnly: boolean
}

export interface IssuerSelection {
  /** One of the trusted issuers. Default: all. */
  readonly issuer?: string | undefined
}

export async function ready(issuers: Issuers, timeoutMs: number): Promise<void> {
  await Promise.all([...issuers.all()].map((each) => each.keys.ready(timeoutMs)))
}

export async function refresh(issuers: Issuers, selection: IssuerSelection): Promise<void> {
  await Promise.all(select(issuers, selection).map((each) => each.keys.refresh()))
}

export function purge(issuers: Issuers, selection: IssuerSelection): void {
  for (const each of select(issuers, selection)) each.keys.purge()
}

export function healthOf(issuers: Issuers): Omit<Health, 'isReportOnly'> {
  return { issuers: [...issuers.all()].map(({ issuer, keys }) => ({ issuer, ...keys.health() })) }
}

export function close(issuers: Issuers): void {
  for (const each of issuers.all()) each.keys.close()
}

function select(issuers: Issuers, { issuer }: IssuerSelection): readonly TrustedIssuer[] {
  if (issuer === undefined) return [...issuers.all()]
  const found = issuers.get(issuer)
  if (found === undefined) throw new ConfigurationError('issuer: is not one of the trusted issuers', 'issuer')
  return [found]
}
