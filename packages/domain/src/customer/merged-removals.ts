import type { Identity } from './details.ts'
import { customerLimits, isSameIdentity } from './details.ts'

/**
 * Something that was removed from a customer, with those who were merged into them by then, or were being merged: it is
 * removed from the records of these, too, however late, and not from those of customers who are merged later.
 */
export type MergedRemoval = { readonly identity: Identity; readonly sources: readonly string[] }

type Removals = readonly MergedRemoval[] | undefined

/** How many are remembered: what the records of all who can be merged into one customer can list. */
const most = customerLimits.merged * (customerLimits.emails + customerLimits.phones + customerLimits.externalIds)

/** Undefined in place of no removals. */
const listed = (removals: readonly MergedRemoval[]): Removals => (removals.length > 0 ? removals : undefined)

/** The removals after one more, from a customer into whom `sources` are merged, or being merged, at that moment. */
export const withRemoval = (removals: Removals, identity: Identity, sources: readonly string[]): Removals =>
  sources.length === 0 ? removals : [...(withoutRemoval(removals, identity) ?? []), { identity, sources }].slice(-most)

/** The removals after an identity was added again. */
export const withoutRemoval = (removals: Removals = [], identity: Identity): Removals =>
  listed(removals.filter((each) => !isSameIdentity(each.identity, identity)))

/** The removals after a merge was given up, or taken back. */
export const withoutSource = (removals: Removals = [], source: string): Removals =>
  listed(
    removals.flatMap(({ identity, sources }) => {
      const others = sources.filter((each) => each !== source)
      return others.length > 0 ? [{ identity, sources: others }] : []
    }),
  )

/** Whether an identity was removed from the records of a customer who was merged into the one of these removals. */
export const isRemovedFrom = (removals: Removals = [], identity: Identity, source: string): boolean =>
  removals.some((each) => isSameIdentity(each.identity, identity) && each.sources.includes(source))
