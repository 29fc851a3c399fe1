import type { CustomerEvent, CustomerState } from '../customer/events.ts'
import { emailIdentity, externalIdentity, phoneIdentity } from '../customer/details.ts'
import type { CustomerCommandInput } from '../customer/commands.ts'
import type { ExternalId, Identity } from '../customer/details.ts'
import { derivedCommandId, engineCommandId } from '../kernel/actor.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { parseStream } from '../kernel/event.ts'
import type { Refusal, Result } from '../kernel/refusal.ts'
import { accept, deny, isTransient, throwIfTransient, refusal } from '../kernel/refusal.ts'
import { holderOf } from './claim-identities.ts'
import type { Desk, IdentifiedSender, Outcome, Sender } from './port.ts'

/** The parts of a desk that these commands need. */
type CustomerDesk = Pick<Desk, 'execute' | 'read' | 'engine'>

const longestChain = 100

/** The customer who survives the merges of a customer: that one, unless it was merged. */
export async function survivorOf(desk: Pick<Desk, 'read'>, customerId: string): Promise<string> {
  let id = customerId
  for (let step = 0; step < longestChain; step++) {
    const { state } = await desk.read('customer', id)
    if (state.status !== 'merged' || state.mergedInto === undefined) return id
    id = state.mergedInto
  }
  return id
}

/** What identifies one customer: one of these, in its normal form. */
export type CustomerIdentity =
  | { readonly customerId: string }
  /** A verified e-mail address. */
  | { readonly email: string }
  /** A verified number in E.164. */
  | { readonly phone: string }
  | { readonly externalId: ExternalId }

const identityOf = (by: Exclude<CustomerIdentity, { readonly customerId: string }>): Identity =>
  'email' in by ? emailIdentity(by.email) : 'phone' in by ? phoneIdentity(by.phone) : externalIdentity(by.externalId)

/**
 * The customer that an identity leads to, merges followed; undefined where nobody has it. Unverified addresses and
 * numbers identify nobody.
 */
export async function customerBy(desk: Pick<Desk, 'read'>, by: CustomerIdentity): Promise<string | undefined> {
  const id = 'customerId' in by ? by.customerId : await holderOf(desk, identityOf(by))
  if (id === undefined) return undefined
  const { state } = await desk.read('customer', id)
  if (state.status === 'absent' && 'customerId' in by) return undefined
  return survivorOf(desk, id)
}

const asVerified = (by: CustomerIdentity): Partial<Extract<CustomerCommandInput, { type: 'register' }>> =>
  'customerId' in by
    ? {}
    : 'email' in by
      ? { emails: [{ address: by.email, verified: true }] }
      : 'phone' in by
        ? { phones: [{ number: by.phone, verified: true }] }
        : { externalIds: [by.externalId] }

/**
 * Finds the customer that an identity leads to, or registers one. For senders who know that the identity is the
 * customer's own, such as the channel that a message came by. First contacts at the same time find the same customer.
 * @param newId the id of a customer who is new.
 */
export async function identifyCustomer(
  desk: CustomerDesk,
  by: CustomerIdentity,
  newId: string,
  sender: IdentifiedSender,
): Promise<Result<{ readonly customerId: string }, Refusal>> {
  const id = 'customerId' in by ? by.customerId : newId
  for (let attempt = 0; attempt < 3; attempt++) {
    const known = await customerBy(desk, by)
    if (known !== undefined) return accept({ customerId: known })
    const outcome = await desk.execute('customer', id, { type: 'register', ...asVerified(by) }, sender)
    if (outcome.ok) return accept({ customerId: await survivorOf(desk, id) })
    if (outcome.refusal.code !== 'identity_taken') return outcome
  }
  return deny(refusal('too_many_conflicts'))
}

/**
 * Merges a customer into another one. The one who survives records the beginning, then the source is merged, then the
 * survivor records the end. A repeat, or the reaction to the beginning, completes what a crash has left.
 */
export async function mergeCustomers(
  desk: CustomerDesk,
  source: string,
  target: string,
  sender: IdentifiedSender,
): Promise<Outcome<CustomerEvent, CustomerState>> {
  const { state } = await desk.read('customer', source)
  if (state.status === 'absent') return deny(refusal('customer_not_found'))
  if (state.mergedInto !== undefined && state.mergedInto !== target)
    return deny(refusal('customer_merged', { movedTo: state.mergedInto }))
  const { expectedVersion: _, ...by } = sender
  const begun = await desk.execute('customer', target, { type: 'beginMerge', source }, by)
  if (!begun.ok) return begun
  return completeCustomerMerge(desk, source, target, sender)
}

/** Carries out the steps of a merge after `CustomerMergeBegun`; anybody may, any number of times. */
async function completeCustomerMerge(
  { engine, read }: Pick<Desk, 'engine' | 'read'>,
  source: string,
  target: string,
  sender: IdentifiedSender,
): Promise<Outcome<CustomerEvent, CustomerState>> {
  const merge = { type: 'mergeInto', target } as const
  const merged = await engine.execute('customer', source, merge, stepOf(sender, 'merge', target))
  if (!merged.ok && isTransient(merged.refusal)) return merged
  const { state } = await read('customer', source)
  const isMerged = state.status === 'merged' && state.mergedInto === target
  const type = isMerged ? 'completeMerge' : 'revertMerge'
  const ended = await engine.execute('customer', target, { type, source }, stepOf(sender, type, source))
  return merged.ok ? ended : merged
}

/**
 * Takes the merge of a customer back: both are again as before, with what each has learnt since. A repeat, or the
 * reaction to the split, completes what a crash has left.
 */
export async function splitCustomer(
  desk: CustomerDesk,
  source: string,
  sender: IdentifiedSender,
): Promise<Outcome<CustomerEvent, CustomerState>> {
  const { state } = await desk.read('customer', source)
  const from = state.status === 'absent' ? undefined : state.mergedInto
  const split = await desk.execute('customer', source, { type: 'splitBack' }, sender)
  if (!split.ok || from === undefined) return split
  const splitOff = { type: 'splitOff', source } as const
  const ended = await desk.engine.execute('customer', from, splitOff, stepOf(sender, 'split', from))
  return ended.ok ? split : ended
}

type MergeEvent = Extract<CustomerEvent, { type: 'CustomerMergeBegun' | 'CustomerMerged' | 'CustomerSplitBack' }>

/**
 * Completes a merge, or a split, after one of its steps, in case its sender died: the stream of the customer who was
 * merged says what is so, and the one who survives follows it.
 */
export async function settleCustomerMerge(
  desk: Pick<Desk, 'engine' | 'read'>,
  { event, stream, id, commandId, correlationId }: EventEnvelope<MergeEvent>,
): Promise<void> {
  const own = parseStream(stream).id
  if (event.type === 'CustomerMergeBegun') {
    const { state } = await desk.read('customer', own)
    if (state.status === 'absent' || !state.merging.includes(event.source)) return
    const outcome = await completeCustomerMerge(desk, event.source, own, { by: event.by, commandId, correlationId })
    throwIfTransient(outcome)
    return
  }
  const { state } = await desk.read('customer', own)
  const target = event.type === 'CustomerMerged' ? event.into : event.from
  const isMerged = state.status === 'merged' && state.mergedInto === target
  if (isMerged !== (event.type === 'CustomerMerged')) return
  const type = isMerged ? 'completeMerge' : 'splitOff'
  const sender = { by: event.by, commandId: engineCommandId('derived', 'customer', id), causationId: id }
  const outcome = await desk.engine.execute('customer', target, { type, source: own }, sender)
  throwIfTransient(outcome)
}

/** The sender of a step of a merge: the merge's own, under a command id derived from it. */
const stepOf = ({ expectedVersion: _, ...sender }: IdentifiedSender, ...name: readonly string[]): Sender => ({
  ...sender,
  commandId: derivedCommandId(sender.commandId, ...name),
  causationId: sender.commandId,
})
