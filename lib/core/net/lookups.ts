/**
 * Look-ups of host names, bounded for the whole process. `getaddrinfo` cannot be cancelled and
 * waits for 10 s or longer when a name server is silent, and libuv gives it two threads. Without a
 * bound, two issuers with silent name servers would block every look-up of the process. While a
 * look-up is silent, and after a second in the queue, hosts are served with the addresses they had
 * last.
 */
import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { LRUCache } from 'lru-cache'
import { AddressRefusedError } from './addresses.js'
import { lookUp } from './lookup-call.js'
import { networkReason } from './network-reason.js'
import type { Phase } from './transport.js'

/** As many as libuv has threads for. */
const MAX_RUNNING = 2
/** Of these, for hosts that were looked up before: any of them may have fallen silent since. */
const MAX_RUNNING_AGAIN = 1
const SILENT_AFTER_MS = 1000
const MAX_REMEMBERED = 1000
/** How long addresses may be used without a new look-up. */
const MEMORY_MS = 86_400_000

type Done = (error: Error | null, addresses: readonly LookupAddress[]) => void

interface Pending {
  readonly hostname: string
  readonly hints: number | undefined
  readonly waiters: Set<Done>
  state: 'queued' | 'running' | 'slow'
  /** Has been in the queue for a second. */
  isLate: boolean
}

/** What the last look-up found. */
interface Host {
  /** It timed out. The addresses are from an earlier one, if there are any. */
  readonly isSilent: boolean
  readonly addresses: readonly LookupAddress[]
  readonly resolvedAtMs: number
}

/** One outstanding look-up per host, shared by all its waiters. */
const pending = new Map<string, Pending>()
/** A host that is not here is new, or failed without delay. */
const hosts = new LRUCache<string, Host>({ max: MAX_REMEMBERED })

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
  const known = pending.get(hostname)
  const entry = known ?? {
    hostname,
    hints,
    waiters: new Set<Done>(),
    state: 'queued' as const,
    isLate: false,
  }
  pending.set(hostname, entry)
  entry.waiters.add(done)
  signal.addEventListener('abort', () => {
    const isLast = entry.waiters.delete(done) && entry.waiters.size === 0
    if (isLast && entry.state === 'queued') pending.delete(hostname)
  })
  startAllowed()
  if (known === undefined && entry.state === 'queued') watchQueue(entry)
}

/** The queue may be long, although no look-up is silent. */
function watchQueue(entry: Pending): void {
  setTimeout(() => {
    entry.isLate = true
    serveFromMemory()
  }, SILENT_AFTER_MS).unref()
}

function startAllowed(): void {
  const queued = [...pending.values()].filter(({ state }) => state === 'queued')
  for (const entry of queued.sort((a, b) => rankOf(a) - rankOf(b))) if (mayStart(entry)) start(entry)
  serveFromMemory()
}

/** Those that probably end soon come first. */
function rankOf({ hostname }: Pending): number {
  const host = hosts.peek(hostname)
  if (host === undefined) return 1
  return host.isSilent ? 2 : 0
}

function mayStart({ hostname }: Pending): boolean {
  const running = runningNow()
  if (running.length >= MAX_RUNNING) return false
  const again = running.filter((each) => hosts.has(each.hostname))
  return !hosts.has(hostname) || again.length < MAX_RUNNING_AGAIN
}

function runningNow(): readonly Pending[] {
  return [...pending.values()].filter(({ state }) => state !== 'queued')
}

function isSilent({ hostname, state }: Pending): boolean {
  return state === 'slow' || (state === 'running' && hosts.peek(hostname)?.isSilent === true)
}

/** The look-ups of these hosts remain in the queue, so that the addresses are renewed in their turn. */
function serveFromMemory(): void {
  const isAnySilent = runningNow().some(isSilent)
  for (const entry of pending.values()) {
    const isInTime = entry.state === 'queued' ? !isAnySilent && !entry.isLate : !isSilent(entry)
    if (isInTime || entry.waiters.size === 0) continue
    const { addresses = [], resolvedAtMs = 0 } = hosts.peek(entry.hostname) ?? {}
    const isUsable = addresses.length > 0 && performance.now() - resolvedAtMs < MEMORY_MS
    if (isUsable) answer(entry, null, addresses)
  }
}

function answer({ waiters }: Pending, error: Error | null, addresses: readonly LookupAddress[]): void {
  // Each for itself: a listener of the application may throw in one of them.
  for (const done of waiters) process.nextTick(done, error, addresses)
  waiters.clear()
}

function start(entry: Pending): void {
  const { hostname, hints } = entry
  entry.state = 'running'
  const timer = setTimeout(() => {
    entry.state = 'slow'
    serveFromMemory()
  }, SILENT_AFTER_MS).unref()
  const finish = (error: Error | null, addresses: readonly LookupAddress[]): void => {
    clearTimeout(timer)
    pending.delete(hostname)
    remember(entry, error, addresses)
    answer(entry, error, addresses)
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

function remember({ hostname, state }: Pending, error: Error | null, found: readonly LookupAddress[]): void {
  const { addresses = [], resolvedAtMs = 0 } = hosts.peek(hostname) ?? {}
  if (error === null)
    hosts.set(hostname, { isSilent: false, addresses: found, resolvedAtMs: performance.now() })
  else if (networkReason(error) === 'dns_timeout' || state === 'slow')
    hosts.set(hostname, { isSilent: true, addresses, resolvedAtMs })
  else hosts.delete(hostname)
}
