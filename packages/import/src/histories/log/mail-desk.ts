import type { IsDesk } from './mail-person.ts'
import { domainOf } from './mail-person.ts'

/** The first mail of a conversation, by addresses. */
type FirstMail = {
  readonly from: string
  readonly to: readonly string[]
  /** Whether it answers a mail that is in no mailbox. */
  readonly isReply: boolean
}

/**
 * Infers the addresses of the desk from all first mails of conversations, whoever began them: of each two who write to each
 * other, one is of the desk. Its side is the one of the owners of the mailboxes, or of an address that is known from other
 * mails; else the one whose addresses belong to fewer domains, which is called something like `support`, or which began fewer
 * conversations. Other addresses of its domains are of the desk, too, unless customers have one there. Of several recipients
 * it is not known who is the desk, unless there are no mails to one alone.
 * @param owners the addresses into whose mailboxes mails were delivered.
 */
export function inferDesk(firsts: readonly FirstMail[], owners: ReadonlySet<string>): IsDesk {
  const alone = firsts.filter(({ to }) => to.length === 1)
  const addresses = new Set(owners)
  const ofCustomers = new Set<string>()
  const isDesk: IsDesk = (address) => {
    const domain = domainOf(address)
    return addresses.has(address) || (domains.has(domain) && !ofCustomers.has(domain))
  }
  const domains = new Set([...owners].map(domainOf))
  const authors = new Map<string, number>()
  for (const { from, isReply } of firsts) if (!isReply && !authors.has(from)) authors.set(from, authors.size)
  for (const sides of correspondents(alone.length > 0 ? alone : firsts)) {
    const [desk, customers] = deskFirst(sides, { addresses, isDesk, authors })
    for (const address of desk) {
      addresses.add(address)
      domains.add(domainOf(address))
    }
    for (const address of customers) ofCustomers.add(domainOf(address))
  }
  return isDesk
}

type Sides = readonly [readonly string[], readonly string[]]

/** Orders two sides. Without any evidence, whoever wrote first is a customer. */
function deskFirst(
  sides: Sides,
  {
    addresses,
    isDesk,
    authors,
  }: {
    readonly addresses: ReadonlySet<string>
    readonly isDesk: IsDesk
    /** The addresses that began conversations, in the order in which they did. */
    readonly authors: ReadonlyMap<string, number>
  },
): Sides {
  const count = (what: (side: readonly string[]) => number): number => what(sides[0]) - what(sides[1])
  const fewerDomains = -count((side) => new Set(side.map(domainOf)).size)
  const began = (side: readonly string[]): readonly number[] => side.flatMap((address) => authors.get(address) ?? [])
  const earliest = (side: readonly string[]): number => began(side).reduce((a, b) => Math.min(a, b), authors.size)
  const evidence = [
    count((side) => side.filter((address) => addresses.has(address)).length),
    count((side) => side.filter(isDesk).length),
    Math.abs(fewerDomains) > 1 ? fewerDomains : 0,
    count((side) => Number(side.some((address) => deskName.test(address)))),
    fewerDomains,
    -count((side) => began(side).length),
    count(earliest),
  ]
  const decisive = evidence.find((each) => each !== 0) ?? 0
  return decisive > 0 ? sides : [sides[1], sides[0]]
}

/** What the addresses of desks are called. */
const deskName =
  /^(support|help|help-?desk|service-?desk|(customer|client|kunden)-?(service|care|support)|kundendienst|hotline|assistance|soporte|no-?reply)\b/

/**
 * Returns the two sides of each set of people who write to each other, the largest set first. Where not everybody fits on one
 * of two sides, those count who write to each other most, and between domains.
 */
function correspondents(firsts: readonly FirstMail[]): readonly Sides[] {
  const pairs = new Map<string, { readonly one: string; readonly other: string; mails: number }>()
  for (const { from, to } of firsts) {
    for (const address of to) {
      if (address === from) continue
      const [one = '', other = ''] = [from, address].toSorted()
      const pair = pairs.get(`${one} ${other}`) ?? { one, other, mails: 0 }
      pair.mails++
      pairs.set(`${one} ${other}`, pair)
    }
  }
  const isInside = ({ one, other }: { readonly one: string; readonly other: string }): number =>
    Number(domainOf(one) === domainOf(other))
  const opposed = createOpposed()
  for (const { one, other } of [...pairs.values()].toSorted((a, b) => isInside(a) - isInside(b) || b.mails - a.mails))
    opposed.oppose(one, other)
  return opposed.sides().toSorted((a, b) => b.flat().length - a.flat().length)
}

/** Sets of people on two sides each. */
type Opposition = { oppose(one: string, other: string): void; sides(): readonly Sides[] }

function createOpposed(): Opposition {
  const sets = new Map<string, [string[], string[]]>()
  const places = new Map<string, { readonly set: string; readonly side: 0 | 1 }>()
  const placeOf = (address: string): { readonly set: string; readonly side: 0 | 1 } => {
    const place = places.get(address) ?? { set: address, side: 0 }
    if (!places.has(address)) {
      places.set(address, place)
      sets.set(address, [[address], []])
    }
    return place
  }
  return {
    oppose: (one, other) => {
      const [a, b] = [placeOf(one), placeOf(other)]
      const [larger, smaller] = sizeOf(sets.get(a.set)) < sizeOf(sets.get(b.set)) ? [b, a] : [a, b]
      const [into, from] = [sets.get(larger.set), sets.get(smaller.set)]
      if (a.set === b.set || !into || !from) return
      const isTurned = a.side === b.side
      for (const side of [0, 1] as const) {
        const target = isTurned ? (side === 0 ? 1 : 0) : side
        for (const address of from[side]) {
          into[target].push(address)
          places.set(address, { set: larger.set, side: target })
        }
      }
      sets.delete(smaller.set)
    },
    sides: () => [...sets.values()],
  }
}

const sizeOf = (sides: Sides | undefined): number => (sides ? sides[0].length + sides[1].length : 0)
