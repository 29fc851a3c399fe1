import type { IdTrie } from '../kernel/id-trie.ts'
import { itemOf, withItem } from '../kernel/id-trie.ts'

/** The merges that a ticket has ruled out for good, by their command ids, with the reason of each. */
export type DeclinedMerges = IdTrie<{ readonly id: string; readonly reason: string }>

export const noDeclinedMerges: DeclinedMerges = {}

/** The declined merges and one more. */
export const withDeclined = (
  declined: DeclinedMerges,
  { merge, reason }: { readonly merge: string; readonly reason: string },
): DeclinedMerges => withItem(declined, { id: merge, reason })

/** Why a merge was ruled out, if it was. */
export const reasonOfDecline = (declined: DeclinedMerges, merge: string): string | undefined =>
  itemOf(declined, merge)?.reason
