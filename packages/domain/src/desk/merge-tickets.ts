import { derivedCommandId } from '../kernel/command-id.ts'
import { refusal } from '../kernel/refusal.ts'
import { deny } from '../kernel/result.ts'
import type { TicketEvent } from '../ticket/events.ts'
import type { Desk, Outcome } from './desk.ts'
import type { IdentifiedSender, Sender } from './sender.ts'

/**
 * Merges a ticket into another: the target absorbs it, then it is merged and closed. Each step has a command id derived
 * from the given one, so that a repeat after a crash completes what was begun. If the source cannot be merged after all,
 * the target gives it up again and the source's refusal is the answer.
 */
export async function mergeTickets(
  desk: Pick<Desk, 'execute' | 'read'>,
  source: string,
  target: string,
  sender: IdentifiedSender,
): Promise<Outcome<TicketEvent>> {
  const { state } = await desk.read('ticket', source)
  if (state.status === 'absent') return deny(refusal('ticket_not_found', { field: 'source' }))
  const absorbed = await desk.execute(
    'ticket',
    target,
    { type: 'absorb', source, sourceCustomerId: state.customer.id },
    sender,
  )
  return absorbed.ok ? completeMerge(desk, source, target, sender) : absorbed
}

/** The second step of a merge, after `TicketAbsorbed`: what a reaction sends when the first sender has died. */
export async function completeMerge(
  desk: Pick<Desk, 'execute'>,
  source: string,
  target: string,
  sender: IdentifiedSender,
): Promise<Outcome<TicketEvent>> {
  const { expectedVersion: _, ...unversioned } = sender
  const step = (name: StepName): Sender => ({
    ...unversioned,
    commandId: derivedCommandId(sender.commandId, name),
    causationId: sender.commandId,
  })
  const merged = await desk.execute('ticket', source, { type: 'mergeInto', target }, step('merge'))
  if (merged.ok) return merged
  const reason = merged.refusal.code
  const reverted = await desk.execute('ticket', target, { type: 'revertAbsorption', source, reason }, step('revert'))
  return reverted.ok ? merged : reverted
}

type StepName = 'merge' | 'revert'
