import type { CustomerState } from '../customer/events.ts'
import type { Actor } from '../kernel/actor.ts'
import { isVisitorId } from '../kernel/actor.ts'
import { unlessDeleted } from '../kernel/event.ts'
import type { Snapshot } from '../kernel/snapshots.ts'
import type { StreamCategory } from './categories.ts'
import type { StreamDesk } from './port.ts'

const longestChain = 100

/** Reads the records of customers: the desk, from their streams, or a reader of many at once, from the read model. */
export type CustomerReader = {
  read(category: 'customer', id: string): Promise<Pick<Snapshot<CustomerState>, 'state'>>
}

/** A customer with their record; the record of somebody unknown is absent. */
type WithRecord = { readonly id: string; readonly state: CustomerState }

/** The customer, the one whom they were merged into, the one whom that one was merged into, and so on, with their records. */
export async function survivorRecordsOf(
  desk: CustomerReader,
  customerId: string,
): Promise<readonly [WithRecord, ...WithRecord[]]> {
  const { state: record } = await desk.read('customer', customerId)
  const records: [WithRecord, ...WithRecord[]] = [{ id: customerId, state: record }]
  for (let state = record; records.length < longestChain;) {
    const next = state.status === 'merged' ? state.mergedInto : undefined
    if (next === undefined || records.some(({ id }) => id === next)) break
    state = (await desk.read('customer', next)).state
    records.push({ id: next, state })
  }
  return records
}

/** The customer, the one whom they were merged into, the one whom that one was merged into, and so on. */
export const survivorsOf = async (desk: CustomerReader, customerId: string): Promise<readonly string[]> =>
  (await survivorRecordsOf(desk, customerId)).map(({ id }) => id)

/** The customer who survives the merges of a customer, with their record; the record of somebody unknown is absent. */
export async function survivingCustomer(desk: CustomerReader, customerId: string): Promise<WithRecord> {
  const records = await survivorRecordsOf(desk, customerId)
  return records.at(-1) ?? records[0]
}

/** The customer who survives the merges of a customer: that one, unless it was merged. */
export const survivorOf = async (desk: CustomerReader, customerId: string): Promise<string> =>
  (await survivingCustomer(desk, customerId)).id

/** Whether the record of a customer is merged into another customer now. */
export const isMergedInto = (state: CustomerState, target: string): boolean =>
  state.status === 'merged' && state.mergedInto === target

/**
 * The customer, and all who were merged into them, over any number of merges, but no visitors whom they have claimed, as
 * `personIdsOf` has them: the chats of these are the customer's by then.
 */
export const mergedCustomersOf = async (desk: CustomerReader, customerId: string): Promise<readonly string[]> =>
  (await mergedRecordsOf(desk, customerId)).map(({ id }) => id)

/**
 * The customer, and all who were merged into them, over any number of merges, with their records. A record whose stream
 * was deleted is absent: its customer counts as merged into whose record says so, and leads to nobody else.
 */
export async function mergedRecordsOf(
  desk: CustomerReader,
  customerId: string,
): Promise<readonly [WithRecord, ...WithRecord[]]> {
  const snapshot = await unlessDeleted(desk.read('customer', customerId), () => undefined)
  const records: [WithRecord, ...WithRecord[]] = [{ id: customerId, state: snapshot?.state ?? { status: 'absent' } }]
  for (const { id, state } of records) {
    if (state.status === 'absent') continue
    for (const source of state.merged) {
      if (records.some((each) => each.id === source)) continue
      const merged = await unlessDeleted(desk.read('customer', source), () => undefined)
      if (!merged || isMergedInto(merged.state, id))
        records.push({ id: source, state: merged?.state ?? { status: 'absent' } })
    }
  }
  return records
}

/**
 * Reads a customer with all who were merged into them, and with the visitors whom any of these have claimed: the read model
 * of customers, which may be behind.
 */
export type MergedCustomers = {
  /** The ids, that of the customer among them. */
  withMerged(customerId: string): Promise<readonly string[]>
}

/**
 * The customer, all who were merged into them, and the visitors whom any of these have claimed. A claim is recorded in the
 * visitor's stream alone: the read model finds who may be theirs, and the streams decide, unless they were deleted.
 */
export async function personIdsOf(
  desk: CustomerReader,
  customerId: string,
  customers: MergedCustomers,
): Promise<readonly string[]> {
  const merged = await mergedCustomersOf(desk, customerId)
  const listed = await Promise.all(merged.map((id) => customers.withMerged(id)))
  const others = [...new Set(listed.flat())].filter((id) => !merged.includes(id))
  const survivors = await Promise.all(others.map((id) => unlessDeleted(survivorsOf(desk, id), () => [customerId])))
  return [...merged, ...others.filter((_, index) => survivors[index]?.includes(customerId))]
}

/** Whether somebody is a customer, or survives the merges of that customer: then the customer's chats are theirs too. */
export async function isSurvivorOf(desk: CustomerReader, id: string, customerId: string): Promise<boolean> {
  if (id === customerId) return true
  const survivors = await unlessDeleted(survivorsOf(desk, customerId), () => undefined)
  return survivors ? survivors.includes(id) : (await mergedCustomersOf(desk, id)).includes(customerId)
}

/**
 * Whether two customers are one person: the same customer survives the merges of both. Whose stream was deleted is who
 * was merged into whom by the record of the other one's survivor.
 */
export async function isSameCustomer(desk: CustomerReader, one: string, other: string): Promise<boolean> {
  if (one === other) return true
  const survivor = await unlessDeleted(survivorOf(desk, one), () => undefined)
  if (survivor === undefined) return (await mergedCustomersOf(desk, await survivorOf(desk, other))).includes(one)
  const survivorOfOther = await unlessDeleted(survivorOf(desk, other), () => undefined)
  if (survivorOfOther === undefined) return (await mergedCustomersOf(desk, survivor)).includes(other)
  return survivor === survivorOfOther
}

/**
 * Whether somebody takes part in the chats of a customer, and has their drafts: that customer, whoever survives their
 * merges, and an account that was merged into the same person, who has one chat under all of these ids. An anonymous
 * visitor does not, nor one whom a customer has claimed: their token may be left on a shared computer.
 */
export async function sharesChatsOf(desk: CustomerReader, id: string, customerId: string): Promise<boolean> {
  if (await isSurvivorOf(desk, id, customerId)) return true
  const { state } = await desk.read('customer', id)
  return isMergedAccount(id, state) && isSameCustomer(desk, id, customerId)
}

/** The customers whose chats and drafts somebody shares, under whatever id: themselves, and others as `sharesChatsOf`. */
export async function customersSharedWith(
  desk: CustomerReader,
  id: string,
  customers: MergedCustomers,
): Promise<readonly string[]> {
  const { state } = await desk.read('customer', id)
  return personIdsOf(desk, isMergedAccount(id, state) ? await survivorOf(desk, id) : id, customers)
}

const isMergedAccount = (id: string, state: CustomerState): boolean =>
  state.status === 'merged' && state.identifiedAs === undefined && !isVisitorId(id)

/**
 * The customer of a ticket, a chat or drafts for whom a sender may act who is another one: who survives the merges of
 * that customer, and in a chat or for drafts who shares them (`sharesChatsOf`).
 */
export async function customerActedFor(
  desk: Pick<StreamDesk, 'read'>,
  category: StreamCategory,
  id: string,
  by: Actor,
): Promise<string | undefined> {
  if (by.kind !== 'customer') return undefined
  if (category === 'draft') return (await sharesChatsOf(desk, by.id, id)) ? id : undefined
  if (category !== 'chat' && category !== 'ticket') return undefined
  const { state } = await desk.read(category, id)
  if (state.status === 'absent') return undefined
  const { id: customerId } = state.customer
  const mayAct = await (category === 'chat' ? sharesChatsOf : isSurvivorOf)(desk, by.id, customerId)
  return mayAct ? customerId : undefined
}
