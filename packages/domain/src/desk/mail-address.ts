import { emailIdentity } from '../customer/details.ts'
import type { Desk } from './port.ts'
import { survivorRecordsOf } from './survivors.ts'

/**
 * The address at which a customer is written to now. `given` is the one that a ticket or chat holds of them, from the time
 * when it was opened; the record of the customer decides: an address that is verified there stays, then comes the latest
 * verified one, then the given one, unless the desk has removed it, and then the latest of the others. The records of
 * customers who were merged count together, the survivor's first. Without a record it is the given one, and undefined when
 * nobody knows one that the desk has not removed, or none was given and none is verified.
 */
export async function mailAddressOf(
  desk: Pick<Desk, 'read'>,
  customerId: string,
  given: string | undefined,
): Promise<string | undefined> {
  const records = (await survivorRecordsOf(desk, customerId)).flatMap(({ state }) =>
    state.status === 'absent' ? [] : [state],
  )
  const emails = records.flatMap((record) => record.emails)
  const isGiven = (address: string): boolean => given !== undefined && isSame(address, given)
  if (emails.some(({ address, verified }) => verified && isGiven(address))) return given
  const verified = emails.findLast((each) => each.verified)
  if (verified || given === undefined) return verified?.address
  const isListed = emails.some(({ address }) => isGiven(address))
  const isRemoved = !isListed && records.some(({ removedEmails = [] }) => removedEmails.some(isGiven))
  return isRemoved ? emails.at(-1)?.address : given
}

const isSame = (one: string, other: string): boolean => emailIdentity(one).value === emailIdentity(other).value
