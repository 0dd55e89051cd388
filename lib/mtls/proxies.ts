/** Which connections come from a proxy that may name the client's certificate, by their address. RFC 4632 §3.1, RFC 4291 §2.2. */
import { BlockList, isIP } from 'node:net'
import { isString } from '../core/base/own.js'
import { property } from './socket.js'

/** As prefixes in binary, in which IPv4 addresses are mapped ones (RFC 4291 §2.5.5.2), as they are on sockets. */
const MAPPED = `${'0'.repeat(80)}${'1'.repeat(16)}`
/** 2000::/3: there are no others on the Internet. */
const GLOBAL_IPV6 = '001'

/** A set of addresses. Connections over a Unix domain socket have no address, and are in none. */
export class Proxies {
  readonly #ranges = new BlockList()
  readonly #prefixes: string[] = []

  /** Returns `false` for a text that is neither an address nor a range, and for a range of `/0`. */
  add(text: string): boolean {
    const [address = '', prefix, ...rest] = text.split('/')
    const version = isIP(address)
    if (version === 0 || address.includes('%') || rest.length > 0) return false
    const family = version === 4 ? 'ipv4' : 'ipv6'
    const maxBits = version === 4 ? 32 : 128
    if (prefix === undefined) {
      this.#ranges.addAddress(address, family)
      this.#prefixes.push(toBinary(address, maxBits))
      return true
    }
    const bits = /^[1-9]\d{0,2}$/.test(prefix) ? Number(prefix) : 0
    if (bits === 0 || bits > maxBits) return false
    this.#ranges.addSubnet(address, bits, family)
    this.#prefixes.push(toBinary(address, bits))
    return true
  }

  /** Whether all addresses of one version are in the set, by one range or by several together. */
  includesEverybody(): boolean {
    return [MAPPED, GLOBAL_IPV6].some((prefix) => covers(this.#prefixes, prefix))
  }

  /** Whether the other end of the socket is one of these addresses. */
  include(socket: unknown): boolean {
    const value = property(socket, 'remoteAddress')
    if (!isString(value)) return false
    // A link-local address carries the interface that it was seen on.
    const [address = ''] = value.split('%', 1)
    const version = isIP(address)
    return version !== 0 && this.#ranges.check(address, version === 4 ? 'ipv4' : 'ipv6')
  }
}

/** Whether the ranges together hold every address that begins with the prefix. */
function covers(ranges: readonly string[], prefix: string): boolean {
  if (ranges.some((each) => prefix.startsWith(each))) return true
  const within = ranges.filter((each) => each.startsWith(prefix))
  return within.length > 0 && covers(within, `${prefix}0`) && covers(within, `${prefix}1`)
}

/** The first bits of an address. */
function toBinary(address: string, bits: number): string {
  if (isIP(address) === 4)
    return (
      MAPPED +
      address
        .split('.')
        .map((each) => binary(each, 10, 8))
        .join('')
        .slice(0, bits)
    )
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const [before, after] = [groupsOf(head), groupsOf(tail ?? '')]
  return (before + '0'.repeat(128 - before.length - after.length) + after).slice(0, bits)
}

function groupsOf(text: string): string {
  return text === ''
    ? ''
    : text
        .split(':')
        .map((each) => binary(each, 16, 16))
        .join('')
}

function binary(digits: string, base: number, bits: number): string {
  return parseInt(digits, base).toString(2).padStart(bits, '0')
}
