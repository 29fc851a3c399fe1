import { emailIdentity } from '../customer/details.ts'
import type { CustomerRecord } from '../customer/events.ts'
import { isSameAddress } from '../customer/events.ts'
import { isRemovedFrom } from '../customer/merged-removals.ts'
import type { CustomerReader } from './survivors.ts'
import { mergedRecordsOf, survivorRecordsOf } from './survivors.ts'

/**
 * The address at which a customer is written to now. `givenAddress` is the one that a ticket or chat holds of them,
 * from the time when it was opened; the record of the customer decides: an address that is verified there stays, then
 * comes the latest verified one, then the given one, unless the desk has removed it, and then the latest of the others.
 * The records of all who were merged into one person count together, the survivor's first; what was removed from one of
 * them counts no more in those that were merged into it before. Without a record it is the given one, and undefined
 * when nobody knows one that the desk has not removed, or none was given and none is verified.
 */
export async function mailAddressOf(
  desk: CustomerReader,
  customerId: string,
  givenAddress: string | undefined,
): Promise<string | undefined> {
  const records = await recordsOfPerson(desk, customerId)
  const emails = records.flatMap((record) => record.emails)
  const isGiven = (address: string): boolean => givenAddress !== undefined && isSameAddress(address, givenAddress)
  if (emails.some(({ address, verified }) => verified && isGiven(address))) return givenAddress
  const verified = emails.findLast((each) => each.verified)
  if (verified || givenAddress === undefined) return verified?.address
  const isListed = emails.some(({ address }) => isGiven(address))
  const isRemoved = !isListed && records.some(({ removedEmails = [] }) => removedEmails.some(isGiven))
  return isRemoved ? emails.at(-1)?.address : givenAddress
}

/** The records of all who were merged into the survivor of a customer; the customer's own and those above it come last. */
async function recordsOfPerson(desk: CustomerReader, customerId: string): Promise<readonly CustomerRecord[]> {
  const chain = await survivorRecordsOf(desk, customerId)
  const survivor = chain.at(-1) ?? chain[0]
  const hasMerged = survivor.state.status !== 'absent' && survivor.state.merged.length > 0
  const person = hasMerged ? await mergedRecordsOf(desk, survivor.id) : []
  const others = person.filter((each) => chain.every(({ id }) => id !== each.id))
  const all = [...others, ...chain].flatMap(({ id, state }) => (state.status === 'absent' ? [] : [{ id, state }]))
  const byId = new Map(all.map(({ id, state }) => [id, state]))
  return all.map(({ id, state }) => ({
    ...state,
    emails: state.emails.filter(({ address }) => !isRemovedAbove(address, id, byId)),
  }))
}

/**
 * Whether an address was removed from a record that this one was merged into, for this one too. No removal names a visitor
 * who proved to be the customer by a token of the host: theirs are all that the customer's record remembers.
 */
function isRemovedAbove(
  address: string,
  id: string,
  byId: ReadonlyMap<string, CustomerRecord>,
  passed: readonly string[] = [],
): boolean {
  const { mergedInto, identifiedAs } = byId.get(id) ?? {}
  const above = mergedInto === undefined ? undefined : byId.get(mergedInto)
  if (mergedInto === undefined || !above || passed.includes(id)) return false
  const isVisitors = identifiedAs !== undefined && above.removedEmails?.some((each) => isSameAddress(each, address))
  if (isVisitors || isRemovedFrom(above.mergedRemovals, emailIdentity(address), id)) return true
  return isRemovedAbove(address, mergedInto, byId, [...passed, id])
}
