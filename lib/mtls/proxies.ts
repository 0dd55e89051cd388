/** Which connections come from a proxy that may name the client's certificate, by their address. RFC 4632 §3.1, RFC 4291 §2.2. */
import { BlockList, isIP } from 'node:net'
import { isString } from '../core/base/own.js'
import { property } from './socket.js'

/** A set of addresses. Connections over a Unix domain socket have no address, and are in none. */
export class Proxies {
  readonly #ranges = new BlockList()

  /** Returns `false` for a text that is neither an address nor a range, and for a range of everything. */
  add(text: string): boolean {
    const [address = '', prefix, ...rest] = text.split('/')
    const version = isIP(address)
    if (version === 0 || address.includes('%') || rest.length > 0) return false
    const family = version === 4 ? 'ipv4' : 'ipv6'
    if (prefix === undefined) {
      this.#ranges.addAddress(address, family)
      return true
    }
    const bits = /^[1-9]\d{0,2}$/.test(prefix) ? Number(prefix) : 0
    if (bits === 0 || bits > (version === 4 ? 32 : 128) || holdsAllOfIpv4(address, bits, family)) return false
    this.#ranges.addSubnet(address, bits, family)
    return true
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

/** As `::ffff:0:0/96` does. */
function holdsAllOfIpv4(address: string, bits: number, family: 'ipv4' | 'ipv6'): boolean {
  const range = new BlockList()
  range.addSubnet(address, bits, family)
  return range.check('0.0.0.0') && range.check('255.255.255.255')
}
