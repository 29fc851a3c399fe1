import type { AgentState, Board, Desk, Person, Refusal, Sender, TicketState } from '@guichet/domain'
import { engineCommandId, isTransient, isOngoing, routingActor, streamName, takesPlace } from '@guichet/domain'

/** What the steps of routing work on: the desk decides, the board is told what came of it. */
export type Steps = { readonly desk: Desk; readonly board: Board }

/** A refusal that is not about what has happened meanwhile: the step is to be tried again later. */
export class RoutingHeldUp extends Error {
  override readonly name = 'RoutingHeldUp'

  constructor(refusal: Refusal) {
    super(`${refusal.code}: ${refusal.message}`)
  }
}

/** The sender of a step on a ticket: the same step has the same command id, whoever sends it. */
export function sender(ticketId: string, ...step: readonly string[]): Sender {
  const stream = streamName('ticket', ticketId)
  return { by: routingActor, commandId: engineCommandId('routing', stream, ...step) }
}

/** @throws RoutingHeldUp for a refusal that is not about the command. */
export function heldUpBy(refusal: Refusal): void {
  if (isTransient(refusal)) throw new RoutingHeldUp(refusal)
}

/** @throws RoutingHeldUp for any refusal: what does not depend on the ticket's version is told, and tried again after a pause. */
export function refusedForGood(refusal: Refusal): never {
  throw new RoutingHeldUp(refusal)
}

/**
 * What to do about a refused step: the ticket is looked at again once what has happened since it was seen is known.
 * @returns the ticket's version.
 * @throws RoutingHeldUp where nothing has happened since: then it is not because of that that the step was refused.
 */
export async function movedOn({ desk }: Steps, id: string, seen: number, refusal: Refusal): Promise<number> {
  if (refusal.code === 'too_many_conflicts') heldUpBy(refusal)
  const { version } = await desk.read('ticket', id)
  return version > seen ? version : refusedForGood(refusal)
}

type Known<S> = { readonly version: number; readonly state: S | undefined }

/** Takes note of an agent as a command left them, or as they are in their stream. */
export async function learnAgent({ desk, board }: Steps, id: string, known?: Known<AgentState>): Promise<AgentState> {
  const { version, state } = known?.state === undefined ? await desk.read('agent', id) : known
  if (state === undefined) return { status: 'absent' }
  board.roster.learn(id, version, state)
  return state
}

/** Whether a ticket takes a place of somebody, or may while an offer to them stands. */
export function isTheirs(state: TicketState, agentId: string): boolean {
  if (!isOpen(state)) return false
  return (takesPlace(state) && state.assignee?.id === agentId) || state.routing.offer?.agent.id === agentId
}

/** Whether a ticket is somebody's to work on. */
export const isOpen = (state: TicketState): state is Exclude<TicketState, { readonly status: 'absent' }> =>
  isOngoing(state)

/** An agent as the events of tickets name them. */
export function named(id: string, { name, email }: { readonly name: string; readonly email: string | null }): Person {
  return { id, name, ...(email !== null && { email }) }
}
