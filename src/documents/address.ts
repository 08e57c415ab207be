import { lookup } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { MemberError } from '../problem.ts'

/**
 * Whether an address is a host's on the open Internet: not private, loopback, link-local, multicast,
 * reserved, nor an IPv6 form that carries an IPv4 address (mapped, NAT64, 6to4, Teredo).
 */
export function isPublicAddress(address: string): boolean {
  if (!isIP(address)) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== 'unicast') return false
  // Beside 2000::/3 nothing of IPv6 is given out (IANA, "IPv6 Global Unicast Address Assignments").
  return parsed.kind() === 'ipv4' || parsed.match(ipaddr.parseCIDR('2000::/3'))
}

/** How names become addresses, which addresses may be reached, and whose certificates are believed. */
export type Network = {
  resolve(host: string): Promise<readonly { address: string; family: number }[]>
  isAllowed(address: string): boolean
  /** Certificates (PEM) of authorities beside those that Node believes. */
  readonly authorities?: readonly string[]
}

export const internet: Network = {
  resolve: (host) => lookup(host, { all: true }),
  isAllowed: isPublicAddress,
}

/**
 * Resolves a host's name for one connection and refuses it if any of its addresses is not allowed.
 * The connection is made to the very addresses that were checked, so a second answer of the name
 * server (DNS rebinding) changes nothing.
 */
export function lookupAllowed({ resolve, isAllowed }: Network): LookupFunction {
  return (host, options, callback) => {
    resolve(host).then(
      (addresses) => {
        const [first] = addresses
        if (!first || !addresses.every(({ address }) => isAllowed(address)))
          callback(notPublic(), '', 0)
        else if (options.all) callback(null, [...addresses])
        else callback(null, first.address, first.family)
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    )
  }
}

export function notPublic(): MemberError {
  return new MemberError('This link leads to a private address: give one on the open Internet.')
}
