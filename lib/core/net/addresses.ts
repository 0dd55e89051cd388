/**
 * Which network addresses are public, by IANA's special-purpose registries (RFC 6890). A URL from
 * outside must not make this process send requests that only its own network can send.
 */
import type { BlockList } from 'node:net'

/**
 * `'public'` refuses private, link-local, loopback and other special addresses, at the moment of
 * connecting.
 */
export type AddressPolicy = 'any' | 'public'

const SPECIAL_IPV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
]

/** Within 2000::/3, outside of which nothing is a global unicast address. */
const SPECIAL_IPV6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]

/**
 * Prefixes under which an IPv4 address is reached: mapped (RFC 4291 §2.5.5.2) and NAT64 (RFC 6052
 * §2.1).
 */
const IPV4_WITHIN = /^(?:::ffff:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/

interface Lists {
  readonly special: BlockList
  readonly global: BlockList
}

let lists: Lists | undefined

function makeLists(): Lists {
  const { BlockList } = process.getBuiltinModule('node:net')
  const special = new BlockList()
  const global = new BlockList()
  for (const [net, prefix] of SPECIAL_IPV4) special.addSubnet(net, prefix, 'ipv4')
  for (const [net, prefix] of SPECIAL_IPV6) special.addSubnet(net, prefix, 'ipv6')
  global.addSubnet('2000::', 3, 'ipv6')
  return { special, global }
}

/** Whether any host on the Internet could have this IP address. False for anything else. */
export function isPublicAddress(address: string): boolean {
  lists ??= makeLists()
  const { isIP } = process.getBuiltinModule('node:net')
  if (isIP(address) === 4) return !lists.special.check(address, 'ipv4')
  if (isIP(address) !== 6 || address.includes('%')) return false
  const within = IPV4_WITHIN.exec(new URL(`http://[${address}]`).hostname.slice(1, -1))
  if (within !== null) return isPublicAddress(toIpv4(within[1] ?? '', within[2] ?? ''))
  return lists.global.check(address, 'ipv6') && !lists.special.check(address, 'ipv6')
}

function toIpv4(high: string, low: string): string {
  const [a, b] = [parseInt(high, 16), parseInt(low, 16)]
  return [a >> 8, a & 255, b >> 8, b & 255].join('.')
}

/**
 * Whether a URL's host is itself an address, and not a public one: such hosts are never looked up.
 */
export function isRefusedHost(hostname: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1')
  return process.getBuiltinModule('node:net').isIP(address) !== 0 && !isPublicAddress(address)
}

export { AddressRefusedError } from '../errors/address-refused-error.js'
