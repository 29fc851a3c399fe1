import { emailIdentity } from '../customer/details.ts'
import type { Desk } from './port.ts'
import { survivorsOf } from './survivors.ts'

/**
 * The address at which a person is written to now. `given` is the one that a ticket or chat holds of them, from the time
 * when it was opened; the record of the customer decides: an address that is verified there stays, then comes the latest
 * verified one and, where one was given, the latest of the others. The records of customers who were merged count together,
 * the survivor's first. Without a record it is the given one, and undefined when nobody knows one that the desk has not
 * removed.
 */
export async function mailAddressOf(
  desk: Pick<Desk, 'read'>,
  personId: string,
  given: string | undefined,
): Promise<string | undefined> {
  const states = await Promise.all(
    (await survivorsOf(desk, personId)).map(async (id) => (await desk.read('customer', id)).state),
  )
  const records = states.flatMap((state) => (state.status === 'absent' ? [] : [state]))
  const emails = records.flatMap((record) => record.emails)
  const isGiven = (address: string): boolean => given !== undefined && isSame(address, given)
  if (emails.some(({ address, verified }) => verified && isGiven(address))) return given
  const known = emails.findLast(({ verified }) => verified) ?? (given === undefined ? undefined : emails.at(-1))
  if (known) return known.address
  return records.some(({ removedEmails = [] }) => removedEmails.some(isGiven)) ? undefined : given
}

const isSame = (one: string, other: string): boolean => emailIdentity(one).value === emailIdentity(other).value
