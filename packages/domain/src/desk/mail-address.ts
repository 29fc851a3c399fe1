import { emailIdentity } from '../customer/details.ts'
import type { CustomerRecord } from '../customer/events.ts'
import type { Desk } from './port.ts'
import { mergedCustomersOf, survivorRecordsOf } from './survivors.ts'

/**
 * The address at which a customer is written to now. `given` is the one that a ticket or chat holds of them, from the time
 * when it was opened; the record of the customer decides: an address that is verified there stays, then comes the latest
 * verified one, then the given one, unless the desk has removed it, and then the latest of the others. The records of all
 * who were merged into one person count together, the survivor's first. Without a record it is the given one, and undefined when
 * nobody knows one that the desk has not removed, or none was given and none is verified.
 */
export async function mailAddressOf(
  desk: Pick<Desk, 'read'>,
  customerId: string,
  given: string | undefined,
): Promise<string | undefined> {
  const records = await recordsOfPerson(desk, customerId)
  const emails = records.flatMap((record) => record.emails)
  const isGiven = (address: string): boolean => given !== undefined && isSame(address, given)
  if (emails.some(({ address, verified }) => verified && isGiven(address))) return given
  const verified = emails.findLast((each) => each.verified)
  if (verified || given === undefined) return verified?.address
  const isListed = emails.some(({ address }) => isGiven(address))
  const isRemoved = !isListed && records.some(({ removedEmails = [] }) => removedEmails.some(isGiven))
  return isRemoved ? emails.at(-1)?.address : given
}

/** The records of all who were merged into the survivor of a customer; the customer's own and those above it come last. */
async function recordsOfPerson(desk: Pick<Desk, 'read'>, customerId: string): Promise<readonly CustomerRecord[]> {
  const own = await survivorRecordsOf(desk, customerId)
  const survivor = own.at(-1) ?? own[0]
  const hasMerged = survivor.state.status !== 'absent' && survivor.state.merged.length > 0
  const person = hasMerged ? await mergedCustomersOf(desk, survivor.id) : []
  const others = person.filter((each) => own.every(({ id }) => id !== each))
  const states = await Promise.all(others.map(async (id) => (await desk.read('customer', id)).state))
  return [...states, ...own.map(({ state }) => state)].flatMap((state) => (state.status === 'absent' ? [] : [state]))
}

const isSame = (one: string, other: string): boolean => emailIdentity(one).value === emailIdentity(other).value
