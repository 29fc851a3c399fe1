import type { Account } from '../account.ts'
import type { CustomerEvent, CustomerRecord, CustomerState } from '../customer/events.ts'
import { domainOf, emailIdentity, externalIdentity, phoneIdentities } from '../customer/details.ts'
import type { CustomerCommandInput } from '../customer/commands.ts'
import type { ExternalId, Identity } from '../customer/details.ts'
import type { Actor } from '../kernel/actor.ts'
import { engineCommandId } from '../kernel/actor.ts'
import { parseStream } from '../kernel/event.ts'
import type { Execution } from '../kernel/execute.ts'
import type { Refusal, Result } from '../kernel/refusal.ts'
import { accept, deny, isTransient, throwIfTransient, refusal } from '../kernel/refusal.ts'
import { claimFor, holderOf } from './claim-identities.ts'
import { settleReservation } from './chat-reservations.ts'
import type { IdentifiedSender, Outcome, StreamDesk } from './port.ts'
import { completion, stepOf, untilUndisturbed } from './process.ts'
import { removeFromNewlyMerged } from './remove-from-merged.ts'
import { isMergedInto, survivingCustomer, survivorOf } from './survivors.ts'

/** What identifies one customer: one of these, in its normal form. */
export type CustomerIdentity =
  | { readonly customerId: string }
  /** A verified e-mail address. */
  | { readonly email: string }
  /** A verified number in E.164. */
  | { readonly phone: string }
  | { readonly externalId: ExternalId }

/** The customer that an identity leads to. */
export type IdentifiedCustomer = {
  readonly customerId: string
  /** The registration; undefined for a customer who was known. */
  readonly registered: Execution<CustomerEvent> | undefined
}

/** The parts of a desk that these commands need. */
type CustomerDesk = Pick<StreamDesk, 'execute' | 'read' | 'engine'>

/** The command of a customer whose record the desk reads for it. */
type AboutCustomer = {
  readonly type: string
  readonly customer?: { readonly id: string } | undefined
  readonly plan?: string | null | undefined
  readonly splitFrom?: object | undefined
}

/**
 * What the desk knows of the customer of a command, in place of what its sender may have claimed. An opening gets the
 * plan and the organisation; a ticket that is split off keeps those that it comes with.
 */
export async function withAccount(
  { type, customer, plan, splitFrom }: AboutCustomer,
  by: Actor,
  read: StreamDesk['read'],
): Promise<{ readonly account?: Account }> {
  const opens = (type === 'open' || type === 'start') && splitFrom === undefined
  if (opens && customer) {
    const record = await survivingRecordOf({ read }, customer.id)
    return { account: record ? await accountOf({ read }, record, plan == null) : {} }
  }
  if (by.kind !== 'customer' || (type !== 'customerReply' && type !== 'attach')) return {}
  const record = await survivingRecordOf({ read }, by.id)
  return { account: { ...(record?.blocked && { blocked: true }) } }
}

/** The record of the customer who survives the merges of a customer; undefined where there is none. */
export async function survivingRecordOf(
  desk: Pick<StreamDesk, 'read'>,
  customerId: string,
): Promise<CustomerRecord | undefined> {
  const { state } = await survivingCustomer(desk, customerId)
  return state.status === 'absent' ? undefined : state
}

/**
 * What the desk knows of a customer by their record: their organisation, that of a verified address where the record
 * names none, and their plan, that of the organisation where they have none.
 * @param needsPlan whether the plan is not known otherwise.
 */
export async function accountOf(
  desk: Pick<StreamDesk, 'read'>,
  record: CustomerRecord,
  needsPlan: boolean,
): Promise<Account> {
  const organisationId = record.details.organisationId ?? (await organisationByDomain(desk, record))
  const plan = needsPlan ? (record.details.plan ?? (await planOf(desk, organisationId))) : undefined
  return {
    ...(plan != null && { plan }),
    ...(organisationId != null && { organisationId }),
    ...(record.blocked && { blocked: true }),
  }
}

/** The organisation of the domain of a verified address; of several, the first by id, as in the read model. */
async function organisationByDomain(
  desk: Pick<StreamDesk, 'read'>,
  { emails }: CustomerRecord,
): Promise<string | undefined> {
  const domains = new Set(emails.flatMap(({ address, verified }) => (verified ? [domainOf(address)] : [])))
  const holders = await Promise.all([...domains].map((value) => holderOf(desk, { kind: 'domain', value })))
  return holders.filter((holder) => holder !== undefined).sort()[0]
}

async function planOf({ read }: Pick<StreamDesk, 'read'>, organisationId: string | null | undefined) {
  if (organisationId == null) return undefined
  const { state } = await read('organisation', organisationId)
  return state.status === 'absent' ? undefined : state.plan
}

/** What may be claimed of an identity; a number in the form that is asked for first. */
function identitiesOf(by: Exclude<CustomerIdentity, { readonly customerId: string }>): readonly Identity[] {
  if ('email' in by) return [emailIdentity(by.email)]
  if ('externalId' in by) return [externalIdentity(by.externalId)]
  return [...phoneIdentities(by.phone)].sort((a, b) => Number(b.value === by.phone) - Number(a.value === by.phone))
}

/** The claim of an identity; customers of earlier versions have claimed only the form of a number that they have. */
async function claimBy(
  desk: Pick<StreamDesk, 'read'>,
  by: Exclude<CustomerIdentity, { readonly customerId: string }>,
): ReturnType<typeof claimFor> {
  for (const identity of identitiesOf(by)) {
    const claim = await claimFor(desk, identity)
    if (claim) return claim
  }
  return undefined
}

/**
 * The customer that an identity leads to, merges followed; undefined where nobody has it, or only a record that is
 * removed. Unverified addresses and numbers identify nobody.
 */
export async function customerBy(desk: Pick<StreamDesk, 'read'>, by: CustomerIdentity): Promise<string | undefined> {
  const claim = 'customerId' in by ? { holder: by.customerId, version: 0 } : await claimBy(desk, by)
  if (claim === undefined) return undefined
  const { state, version } = await desk.read('customer', claim.holder)
  // Before the version that it was claimed for, its holder may still get it.
  if (state.status === 'absent' && version >= claim.version) return undefined
  return survivorOf(desk, claim.holder)
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
 * @param newId the id of a customer who is new; one who has it already gets the identity.
 */
export async function identifyCustomer(
  desk: CustomerDesk,
  by: CustomerIdentity,
  newId: string,
  sender: IdentifiedSender,
): Promise<Result<IdentifiedCustomer, Refusal>> {
  const id = 'customerId' in by ? by.customerId : newId
  return untilUndisturbed<IdentifiedCustomer>(async () => {
    const customerId = await customerBy(desk, by)
    if (customerId !== undefined && (await desk.read('customer', customerId)).state.status !== 'absent')
      return accept({ customerId, registered: undefined })
    // Somebody has claimed the identity and not registered its holder yet, or died: this completes it for them.
    const register = { type: 'register', ...asVerified(by) } as const
    const outcome = await (customerId === undefined
      ? desk.execute('customer', id, register, sender)
      : desk.engine.execute('customer', customerId, register, stepOf(sender, 'customer', 'complete', customerId)))
    if (outcome.ok) return accept({ customerId: await survivorOf(desk, customerId ?? id), registered: outcome.value })
    return outcome.refusal.code === 'identity_taken' ? undefined : outcome
  })
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
  const outcome = await desk.execute('customer', target, { type: 'beginMerge', source }, by)
  if (!outcome.ok) return outcome
  return completeCustomerMerge(desk, source, target, sender)
}

/** Carries out the steps of a merge after `CustomerMergeBegun`; anybody may, any number of times. */
async function completeCustomerMerge(
  { engine, read }: Pick<StreamDesk, 'engine' | 'read'>,
  source: string,
  target: string,
  sender: IdentifiedSender,
): Promise<Outcome<CustomerEvent, CustomerState>> {
  const merge = { type: 'mergeInto', target } as const
  const step = stepOf(sender, 'merge', target)
  let merged = await engine.execute('customer', source, merge, step)
  if (!merged.ok && merged.refusal.code === 'customer_in_chat') {
    const settled = await settleReservation({ engine, read }, source)
    if (settled.ok && !settled.value) merged = await engine.execute('customer', source, merge, step)
  }
  if (!merged.ok && isTransient(merged.refusal)) return merged
  const { state } = await read('customer', source)
  const isMerged = isMergedInto(state, target)
  const type = isMerged ? 'completeMerge' : 'revertMerge'
  const ended = await engine.execute('customer', target, { type, source }, stepOf(sender, type, source))
  if (!merged.ok || !ended.ok) return merged.ok ? ended : merged
  return removeFromNewlyMerged({ engine, read }, { source, target }, step, ended.value)
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

/**
 * Completes a merge, or a split, after one of its steps, in case its sender died: the stream of the customer who was
 * merged says what is so, and the one who survives follows it.
 */
export const settleCustomerMerges = completion({
  name: 'settle_customer_merges',
  on: ['CustomerMergeBegun', 'CustomerMerged', 'CustomerSplitBack'],
  complete: async ({ event, stream, id, commandId, correlationId }, desk) => {
    const customerId = parseStream(stream).id
    if (event.type === 'CustomerMergeBegun') {
      const { state } = await desk.read('customer', customerId)
      if (state.status === 'absent' || !state.merging.includes(event.source)) return
      const outcome = await completeCustomerMerge(desk, event.source, customerId, {
        by: event.by,
        commandId,
        correlationId,
      })
      throwIfTransient(outcome)
      return
    }
    const { state } = await desk.read('customer', customerId)
    const target = event.type === 'CustomerMerged' ? event.into : event.from
    const isMerged = isMergedInto(state, target)
    if (isMerged !== (event.type === 'CustomerMerged')) return
    const type = isMerged ? 'completeMerge' : 'splitOff'
    const sender = { by: event.by, commandId: engineCommandId('derived', 'customer', id), causationId: id }
    const outcome = await desk.engine.execute('customer', target, { type, source: customerId }, sender)
    throwIfTransient(outcome)
    if (outcome.ok && isMerged)
      throwIfTransient(await removeFromNewlyMerged(desk, { source: customerId, target }, sender, outcome.value))
  },
})
