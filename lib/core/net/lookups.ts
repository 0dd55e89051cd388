/**
 * Look-ups of host names, bounded for the whole process. `getaddrinfo` cannot be cancelled and
 * waits for 10 s or longer when a name server is silent, and libuv gives it two threads. Without a
 * bound, two issuers with silent name servers would block every look-up of the process.
 */
import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { LRUCache } from 'lru-cache'
import { AddressRefusedError } from './addresses.js'
import { lookUp } from './lookup-call.js'
import { networkReason } from './network-reason.js'
import type { Phase } from './transport.js'

/** At a time, for hosts that were resolved before. Their answers usually take milliseconds. */
const MAX_KNOWN = 4
/** At a time, for all other hosts. */
const MAX_UNKNOWN = 2
/** Of these, for hosts whose last look-up timed out. */
const MAX_SILENT = 1
const SILENT_AFTER_MS = 1000
const MAX_REMEMBERED = 1000

type Done = (error: Error | null, addresses: readonly LookupAddress[]) => void

interface Pending {
  readonly hostname: string
  readonly hints: number | undefined
  readonly waiters: Set<Done>
  startedAtMs: number | undefined
}

/** One outstanding look-up per host, shared by all its waiters. */
const pending = new Map<string, Pending>()
const hosts = new LRUCache<string, 'resolved' | 'silent'>({ max: MAX_REMEMBERED })

export interface LookupConfig {
  /** Ends the wait, not the look-up. */
  readonly signal: AbortSignal
  readonly report: (phase: Phase) => void
  /** Default: all addresses are allowed. */
  readonly isAllowed?: (address: string) => boolean
}

/**
 * A look-up for one exchange of `node:http` or `node:https`. The addresses that it allows are the
 * ones that are connected to, so that a name which resolves differently the next time gains
 * nothing.
 */
export function boundedLookup({ signal, report, isAllowed = () => true }: LookupConfig): LookupFunction {
  return (hostname, { family, hints, all }, callback) => {
    report('lookup')
    wait(hostname, { signal, hints }, (error, addresses) => {
      report('connect')
      const allowed = addresses.filter(({ address }) => isAllowed(address))
      const fitting = allowed.filter((each) => isOfFamily(each, family))
      const [first] = fitting
      if (error !== null) callback(error, '')
      else if (first === undefined) callback(noAddress(hostname, addresses.length > allowed.length), '')
      else if (all === true) callback(null, fitting)
      else callback(null, first.address, first.family)
    })
  }
}

function isOfFamily({ family }: LookupAddress, wanted: number | 'IPv4' | 'IPv6' | undefined): boolean {
  return wanted === undefined || wanted === 0 || [family, `IPv${String(family)}`].includes(wanted)
}

function noAddress(hostname: string, wasRefused: boolean): Error {
  if (wasRefused) return new AddressRefusedError('The host has no public address')
  return Object.assign(new Error('The host has no address of this family'), { code: 'ENOTFOUND', hostname })
}

function wait(
  hostname: string,
  { signal, hints }: { readonly signal: AbortSignal; readonly hints: number | undefined },
  done: Done,
): void {
  if (signal.aborted) return
  const entry = pending.get(hostname) ?? { hostname, hints, waiters: new Set<Done>(), startedAtMs: undefined }
  pending.set(hostname, entry)
  entry.waiters.add(done)
  signal.addEventListener('abort', () => {
    entry.waiters.delete(done)
    if (entry.waiters.size === 0 && entry.startedAtMs === undefined) pending.delete(hostname)
  })
  startAllowed()
}

function startAllowed(): void {
  for (const entry of pending.values()) if (mayStart(entry)) start(entry)
}

function mayStart({ hostname, startedAtMs }: Pending): boolean {
  if (startedAtMs !== undefined) return false
  const running = [...pending.values()].filter((each) => each.startedAtMs !== undefined)
  const known = running.filter((each) => hosts.peek(each.hostname) === 'resolved').length
  const host = hosts.get(hostname)
  if (host === 'resolved') return known < MAX_KNOWN
  if (running.length - known >= MAX_UNKNOWN) return false
  return host !== 'silent' || running.filter(isSilent).length < MAX_SILENT
}

function isSilent({ hostname, startedAtMs = Infinity }: Pending): boolean {
  return hosts.peek(hostname) === 'silent' || performance.now() - startedAtMs >= SILENT_AFTER_MS
}

function start(entry: Pending): void {
  const { hostname, hints, waiters } = entry
  const startedAtMs = performance.now()
  entry.startedAtMs = startedAtMs
  const finish = (error: Error | null, addresses: readonly LookupAddress[]): void => {
    pending.delete(hostname)
    remember(hostname, error, performance.now() - startedAtMs)
    // Each for itself: a listener of the application may throw in one of them.
    for (const done of waiters) process.nextTick(done, error, addresses)
    startAllowed()
  }
  lookUp(hostname, hints).then(
    (addresses) => {
      finish(null, addresses)
    },
    (error: unknown) => {
      finish(error as Error, [])
    },
  )
}

function remember(hostname: string, error: Error | null, tookMs: number): void {
  if (error === null) hosts.set(hostname, 'resolved')
  else if (networkReason(error) === 'dns_timeout' || tookMs >= SILENT_AFTER_MS) hosts.set(hostname, 'silent')
  else if (hosts.peek(hostname) === 'silent') hosts.delete(hostname)
}
