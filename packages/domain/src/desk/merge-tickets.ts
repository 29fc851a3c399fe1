import { z } from 'zod'
import { termsAt } from '../configuration/terms.ts'
import { derivedCommandId } from '../kernel/actor.ts'
import type { Aggregate } from '../kernel/decider.ts'
import type { EventStore } from '../kernel/event-store.ts'
import type { DomainEvent, Position } from '../kernel/event.ts'
import { parseStream, streamName } from '../kernel/event.ts'
import type { Dispatch, Execute, Execution, SentCommand } from '../kernel/execute.ts'
import { refusedAt } from '../kernel/execute.ts'
import type { Refusal, Result } from '../kernel/refusal.ts'
import { accept, CommandRefused, deny, isRefusalCode, isTransient, refusal } from '../kernel/refusal.ts'
import { describeIssue, malformed } from '../kernel/validation.ts'
import { id } from '../kernel/values.ts'
import type { TicketEvent } from '../ticket/events.ts'
import type { Ticket, TicketState } from '../ticket/state.ts'
import { reasonOfDecline } from '../ticket/state.ts'
import { ticketAggregate } from '../ticket/ticket.ts'
import { readHistory } from '../history.ts'
import type { IdentifiedSender, Outcome, StreamDesk } from './port.ts'
import { completion, stepOf } from './process.ts'
import { isSameCustomer } from './survivors.ts'

const idsSchema = z.object({ source: id, target: id })

type MergingDesk = Pick<StreamDesk, 'execute' | 'engine' | 'read' | 'store' | 'timeline'>
type CompletingDesk = Pick<StreamDesk, 'engine' | 'read' | 'store'>

/**
 * Merges a ticket into another: the target absorbs it, the source is merged and closed, the target's absorption is
 * complete. Each step has a command id derived from the given one, so that a repeat after a crash completes the merge.
 * A refusal by the source's present state or by the target leaves no trace: a repeat is decided anew. If the source
 * refuses after the first step because it has changed since, the target reverts the absorption, and the source's
 * refusal is the answer, also to a repeat. The sender's `expectedVersion` is the source's, checked before the merge
 * begins.
 */
export async function mergeTickets(
  desk: MergingDesk,
  source: string,
  target: string,
  sender: IdentifiedSender,
): Promise<Outcome<TicketEvent, TicketState>> {
  const checked = idsSchema.safeParse({ source, target }, describeIssue)
  if (!checked.success) return deny(malformed(checked.error))
  const { state, version } = await desk.read('ticket', source)
  if (state.status === 'absent') return deny(refusal('ticket_not_found', { field: 'source' }))
  const { expectedVersion = version, ...anyVersion } = sender
  const refused =
    version === expectedVersion
      ? refusedBySource(state, source, target, sender, desk)
      : versionConflict(version, expectedVersion)
  if (refused && !(await desk.store.findCommand(streamName('ticket', target), sender.commandId))) return deny(refused)
  const absorbed = await absorb(desk, source, state.customer.id, target, anyVersion)
  if (!absorbed.ok) return absorbed
  const reverted = absorbed.value.repeated && (await revertedAfter(desk, source, target, absorbed.value.version))
  return reverted ? deny(reverted) : completeMerge(desk, source, target, sender)
}

/** The first step. Customers who were merged are one person, whose tickets can be merged. */
async function absorb(
  desk: MergingDesk,
  source: string,
  sourceCustomerId: string,
  target: string,
  sender: IdentifiedSender,
): Promise<Outcome<TicketEvent, TicketState>> {
  const command = { type: 'absorb', source, sourceCustomerId } as const
  const absorbed = await desk.execute('ticket', target, command, sender)
  if (absorbed.ok || absorbed.refusal.code !== 'merge_across_customers') return absorbed
  const { state } = await desk.read('ticket', target)
  if (state.status === 'absent' || !(await isSameCustomer(desk, state.customer.id, sourceCustomerId))) return absorbed
  return desk.execute('ticket', target, { ...command, isSameCustomer: true }, sender)
}

/** Why the source in its present state would refuse the second step. */
function refusedBySource(
  state: Ticket,
  source: string,
  target: string,
  { by, commandId }: IdentifiedSender,
  { timeline }: MergingDesk,
): Refusal | undefined {
  const issued = { aggregateId: source, by, at: state.updatedAt, commandId: mergeStepId(commandId, target) }
  const ticket = ticketAggregate.under((at) => termsAt(timeline, at))
  const decision = ticket.decide({ type: 'mergeInto', target, ...issued }, state)
  return decision.ok ? undefined : decision.refusal
}

function versionConflict(version: number, expected: number): Refusal {
  const message = `the source is at version ${version}, not ${expected}`
  return refusal('version_conflict', { message, field: 'expectedVersion' })
}

/** Why the absorption stored as the target's event `version` was reverted, if it was. */
async function revertedAfter(
  { store }: MergingDesk,
  source: string,
  target: string,
  version: number,
): Promise<Refusal | undefined> {
  for (const { event } of await readHistory(store, 'ticket', target, version + 1)) {
    if (event.type === 'AbsorptionCompleted' && event.source === source) return undefined
    if (event.type === 'AbsorptionReverted' && event.source === source) {
      return refusal(isRefusalCode(event.reason) ? event.reason : 'merge_reverted')
    }
  }
  return undefined
}

/**
 * Carries out the steps of a merge after `TicketAbsorbed`. The merging command or a reaction calls it, concurrently or
 * in turn, with the same outcome: the source's, with the position at which the target's part is done too. A transient
 * refusal leaves the merge under way; calling this again completes it.
 */
export async function completeMerge(
  desk: CompletingDesk,
  source: string,
  target: string,
  sender: IdentifiedSender,
): Promise<Outcome<TicketEvent, TicketState>> {
  const mergeInto = { type: 'mergeInto', target } as const
  const merged = await desk.engine.execute('ticket', source, mergeInto, stepOf(sender, ...mergeStep(target)))
  if (!merged.ok) {
    return isTransient(merged.refusal) ? merged : giveUp(desk, source, target, sender, merged.refusal)
  }
  const complete = { type: 'completeAbsorption', source, ...(await broughtBy(desk, source)) } as const
  const completed = await desk.engine.execute('ticket', target, complete, stepOf(sender, 'complete'))
  if (!completed.ok) return completed
  return accept({ ...merged.value, position: lastOf(desk.store, merged.value.position, completed.value.position) })
}

/**
 * Completes each merge after its first step: sends the same commands in the name of the same sender. Ignores an absorption
 * that is complete or reverted. A refusal that leaves it under way is a failure.
 */
export const completeMerges = completion({
  name: 'complete_merges',
  on: ['TicketAbsorbed'],
  inAnyOrder: true,
  complete: async ({ event, stream, commandId, correlationId }, desk) => {
    const { id: target } = parseStream(stream)
    const { source, by, at } = event
    if (!(await isUnderWay(desk, source, target))) return
    const outcome = await completeMerge(desk, source, target, { by, at, commandId, correlationId })
    if (!outcome.ok && (await isUnderWay(desk, source, target))) throw new CommandRefused(outcome.refusal)
  },
})

async function isUnderWay(desk: CompletingDesk, source: string, target: string): Promise<boolean> {
  const { state } = await desk.read('ticket', target)
  return state.status !== 'absent' && state.absorbing.includes(source)
}

/** What a merged ticket brings along; it no longer changes, so that everybody who completes the merge passes the same. */
async function broughtBy(desk: CompletingDesk, source: string) {
  const { state } = await desk.read('ticket', source)
  if (state.status === 'absent') return {}
  const { watchers, links } = state
  return {
    ...questionBroughtBy(state),
    ...(watchers.length > 0 && { watchers: [...watchers] }),
    ...(links.length > 0 && { links: [...links] }),
  }
}

/** Since when a merged ticket's customer waits for an answer, and when they last asked, if that was later. */
export function questionBroughtBy({ mergedWaitingSince: waitingSince, lastCustomerReplyAt: askedAt }: Ticket) {
  if (waitingSince === undefined) return {}
  return { waitingSince, ...(askedAt > waitingSince && { askedAt }) }
}

/** The later of two positions; several senders may have carried out the steps of a merge in any order. */
function lastOf(store: EventStore, one: Position | undefined, other: Position | undefined): Position | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return store.comparePositions(one, other) < 0 ? other : one
}

/**
 * First the source rules out the merge for good, then the target reverts the absorption, so that a crash between the
 * two leaves no half merge.
 */
async function giveUp(
  desk: CompletingDesk,
  source: string,
  target: string,
  sender: IdentifiedSender,
  refused: Refusal,
): Promise<Outcome<TicketEvent, TicketState>> {
  const merge = mergeStepId(sender.commandId, target)
  const decline = { type: 'declineMerge', target, merge, reason: refused.code } as const
  const declined = await desk.engine.execute('ticket', source, decline, stepOf(sender, 'decline', target, refused.code))
  if (!declined.ok && declined.refusal.code === 'ticket_merged') return completeMerge(desk, source, target, sender)
  if (!declined.ok && declined.refusal.code !== 'ticket_not_found') return declined
  const { state } = await desk.read('ticket', source)
  const reason = state.status === 'absent' ? undefined : reasonOfDecline(state.declinedMerges, merge)
  const revert = { type: 'revertAbsorption', source, reason: reason ?? refused.code } as const
  const reverted = await desk.engine.execute('ticket', target, revert, stepOf(sender, 'revert'))
  return reverted.ok ? deny(refused) : reverted
}

/** The parts from which the command id of the second step is derived, besides the merge's own id. */
const mergeStep = (target: string) => ['merge', target] as const

const mergeStepId = (commandId: string, target: string): string => derivedCommandId(commandId, ...mergeStep(target))

type NumberedCommand<C> = { readonly step: number; readonly command: SentCommand<C> }

/**
 * Carries out commands that follow merges: a command that a merged ticket refuses is sent to the ticket it was merged
 * into, over any number of merges and whatever version the sender has seen. A command that a ticket on the way has
 * already stored is a repeat, and stops there.
 */
export async function followMerges<C, E extends DomainEvent, S>(
  carryOut: Execute,
  aggregate: Aggregate<C, E, S>,
  id: string,
  commands: readonly SentCommand<C>[],
  dispatch: Dispatch,
): Promise<Result<Execution<E, S>>> {
  const onTheWay: Dispatch = { ...dispatch, expectedVersion: undefined }
  const seen = new Set([id])
  let at = id
  let left = commands.map((command, step): NumberedCommand<C> => ({ step, command }))
  let outcome = await carryOut(aggregate, id, commands, dispatch)
  for (;;) {
    if (outcome.ok) return outcome
    const { movedTo } = outcome.refusal
    if (movedTo === undefined || seen.has(movedTo)) return deny(asNumbered(outcome.refusal, left, commands.length))
    if (left.length > 1) {
      const moving = await notHeld(left, async ({ command }) => carryOut(aggregate, at, [command], onTheWay))
      if (!moving.ok) return deny(asNumbered(moving.refusal, left, commands.length))
      left = moving.value
    }
    seen.add(movedTo)
    at = movedTo
    outcome = await carryOut(
      aggregate,
      at,
      left.map(({ command }) => command),
      onTheWay,
    )
  }
}

/**
 * The commands that a merged ticket passes on, one after the other. A refusal for another reason than the merge is
 * returned.
 */
async function notHeld<C>(
  commands: readonly NumberedCommand<C>[],
  tried: (command: NumberedCommand<C>) => Promise<Result<unknown>>,
): Promise<Result<NumberedCommand<C>[]>> {
  const moving: NumberedCommand<C>[] = []
  for (const [index, command] of commands.entries()) {
    const outcome = await tried(command)
    if (outcome.ok) continue
    if (outcome.refusal.movedTo === undefined) return deny(refusedAt(index, commands.length, outcome.refusal))
    moving.push(command)
  }
  return accept(moving)
}

/** A refusal with the index of its command among all that were sent. */
function asNumbered(refused: Refusal, left: readonly NumberedCommand<unknown>[], of: number): Refusal {
  return refusedAt(left[refused.step ?? 0]?.step ?? 0, of, refused)
}
