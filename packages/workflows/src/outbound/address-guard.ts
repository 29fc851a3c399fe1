import type { LookupAddress, LookupAllOptions } from 'node:dns'
import { lookup as dnsLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** A range of addresses, such as `10.1.0.0/16` or `fd00::/8`. */
export type AddressRange = { readonly network: ipaddr.IPv4 | ipaddr.IPv6; readonly bits: number }

/** Reads a range of addresses; undefined for anything else. */
export function addressRange(text: string): AddressRange | undefined {
  if (!ipaddr.isValidCIDR(text)) return undefined
  const [network, bits] = ipaddr.parseCIDR(text)
  return { network, bits }
}

/** The refusal of an address outside of the public internet, before anything is sent to it. */
export class AddressRefused extends Error {}

/** Keeps requests to addresses that others have written away from the network of the desk. */
export type AddressGuard = {
  /**
   * What resolves the name in an address, for `node:net` to connect to: it fails unless all of its addresses may be asked.
   * @throws AddressRefused where the address names a host by an address that may not be asked: nothing resolves that.
   */
  lookupFor(url: URL): LookupFunction
}

/** The ports of web servers. */
const ports: ReadonlySet<string> = new Set(['', '80', '443', '8080', '8443'])

type GuardOptions = {
  /** Ranges that may be asked besides the public internet, on any port; none by default. */
  readonly allowed?: readonly AddressRange[]
  /** Resolves names; that of the system by default. */
  readonly resolve?: (hostname: string, options: LookupAllOptions, callback: LookupCallback) => void
}

type LookupCallback = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void

/**
 * A guard that lets requests reach web servers of the public internet alone. Whoever connects has to use its lookup: the addresses that
 * were checked are those that are connected to, so that a name which resolves to another address the next time gains nothing.
 */
export function addressGuard({ allowed = [], resolve = dnsLookup }: GuardOptions = {}): AddressGuard {
  const refusalOf = (address: string, port: string): AddressRefused | undefined => {
    if (isIn(address, allowed)) return undefined
    if (!isPublic(address)) return new AddressRefused(`${address} is not a public address`)
    return ports.has(port) ? undefined : new AddressRefused(`the port ${port} is not that of a web server`)
  }
  return {
    lookupFor: ({ hostname, port }) => {
      const host = hostOf(hostname)
      const refused = isIP(host) === 0 ? undefined : refusalOf(host, port)
      if (refused) throw refused
      return (name, options, callback) =>
        resolve(name, { ...options, all: true }, (error, addresses) => {
          const [first] = addresses ?? []
          if (error || !first) return callback(error ?? new AddressRefused(`${name} has no address`), '')
          const refusals = addresses.flatMap(({ address }) => refusalOf(address, port) ?? [])
          if (refusals[0]) return callback(refusals[0], '')
          return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family)
        })
    },
  }
}

/** A host as `node:net` takes it: an address of IPv6 without its brackets. */
export const hostOf = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1')

/** What was ever given out of IPv6 (RFC 4291): addresses besides, such as `::127.0.0.1`, are in no use, or in an old one. */
const [globalUnicast, globalUnicastBits] = ipaddr.IPv6.parseCIDR('2000::/3')

/** Whether an address is one of the public internet. One that holds another, as mapped ones do, is what it holds. */
function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  const isUnicast = parsed.range() === 'unicast'
  return isUnicast && (parsed.kind() === 'ipv4' || parsed.match(globalUnicast, globalUnicastBits))
}

function isIn(address: string, ranges: readonly AddressRange[]): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  return ranges.some(({ network, bits }) => network.kind() === parsed.kind() && parsed.match(network, bits))
}
