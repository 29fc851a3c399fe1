import type { CustomerCommandInput } from '../customer/commands.ts'
import type { Identity } from '../customer/details.ts'
import { emailIdentity, externalIdentity, phoneIdentity } from '../customer/details.ts'
import type { CustomerEventOf, CustomerRecord, CustomerState } from '../customer/events.ts'
import { isRemovedSinceMerge } from '../customer/events.ts'
import { derivedCommandId, engineCommandId } from '../kernel/actor.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { parseStream } from '../kernel/event.ts'
import type { Executed } from '../kernel/execute.ts'
import type { Result } from '../kernel/refusal.ts'
import { accept, throwIfTransient } from '../kernel/refusal.ts'
import type { Desk, IdentifiedSender } from './port.ts'
import { mergedRecordsOf } from './survivors.ts'

type Removal = Extract<CustomerCommandInput, { type: 'removeEmail' | 'removePhone' | 'removeExternalId' }>

type RemovingDesk = Pick<Desk, 'read' | 'engine'>

/**
 * Removes from the records that were merged into a customer's what commands have just removed from theirs. A repeat, or
 * the reaction to the removal, completes what a crash has left.
 * @returns the outcome of the commands, at the position of the last removal.
 */
export async function removeFromMerged<E extends Pick<Executed<never>, 'position'>>(
  desk: RemovingDesk,
  customerId: string,
  commands: readonly { readonly type: string }[],
  sender: IdentifiedSender,
  outcome: E,
): Promise<Result<E>> {
  const removals = commands.filter(isRemoval)
  if (removals.length === 0) return accept(outcome)
  let { position } = outcome
  const { state } = await desk.read('customer', customerId)
  const pending = removals.filter((each) => isPending(state, each))
  const [, ...merged] = pending.length > 0 ? await mergedRecordsOf(desk, customerId) : []
  for (const { id, state: record } of merged) {
    const steps = pending.filter((each) => lists(record, identityOf(each))).map((command) => ({ command }))
    if (steps.length === 0) continue
    const removed = await desk.engine.executeTogether('customer', id, steps, {
      ...sender,
      commandId: derivedCommandId(sender.commandId, 'merged', id),
      causationId: sender.commandId,
    })
    if (!removed.ok) return removed
    position = removed.value.position ?? position
  }
  return accept({ ...outcome, position })
}

type RemovalEvent = CustomerEventOf<'CustomerEmailRemoved' | 'CustomerPhoneRemoved' | 'CustomerExternalIdRemoved'>

/** Completes a removal in the records that were merged into a customer's, in case its sender died on the way. */
export async function settleRemovalFromMerged(
  desk: RemovingDesk,
  { event, stream, id, correlationId }: EventEnvelope<RemovalEvent>,
): Promise<void> {
  const sender = { by: event.by, at: event.at, commandId: engineCommandId('derived', 'customer', id), correlationId }
  throwIfTransient(await removeFromMerged(desk, parseStream(stream).id, [commandOf(event)], sender, nowhere))
}

const nowhere = { position: undefined }

function commandOf(event: RemovalEvent): Removal {
  switch (event.type) {
    case 'CustomerEmailRemoved':
      return { type: 'removeEmail', address: event.address }
    case 'CustomerPhoneRemoved':
      return { type: 'removePhone', number: event.number }
    case 'CustomerExternalIdRemoved':
      return { type: 'removeExternalId', system: event.system, id: event.id }
  }
}

const removing: ReadonlySet<string> = new Set<Removal['type']>(['removeEmail', 'removePhone', 'removeExternalId'])

const isRemoval = (command: { readonly type: string }): command is Removal => removing.has(command.type)

function identityOf(removal: Removal): Identity {
  switch (removal.type) {
    case 'removeEmail':
      return emailIdentity(removal.address)
    case 'removePhone':
      return phoneIdentity(removal.number)
    case 'removeExternalId':
      return externalIdentity(removal)
  }
}

/** Whether a removal still stands: it may have been added again, or others may have been merged since. */
const isPending = (state: CustomerState, removal: Removal): boolean =>
  state.status !== 'absent' && isRemovedSinceMerge(state, identityOf(removal))

const lists = (state: CustomerState, identity: Identity): boolean =>
  state.status !== 'absent' &&
  allOf(state).some(({ kind, value }) => kind === identity.kind && value === identity.value)

const allOf = ({ emails, phones, externalIds }: CustomerRecord): readonly Identity[] => [
  ...emails.map(({ address }) => emailIdentity(address)),
  ...phones.map(({ number }) => phoneIdentity(number)),
  ...externalIds.map(externalIdentity),
]
