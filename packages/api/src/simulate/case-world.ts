import type { Actor, Instant, TermsTimeline, TicketAggregate, TicketCommandInput, TicketState } from '@guichet/domain'
import { clockActor, fold, ticketCommandSchema, ticketDeadlines } from '@guichet/domain'

/** Something that happens in the made-up helpdesk: a command on one ticket, or a merge of two. */
export type Happening = { readonly commandId: string; readonly at: Instant; readonly by: Actor } & (
  | { readonly ticketId: string; readonly command: TicketCommandInput }
  | { readonly merge: string; readonly into: string }
)

/** A moment, and who acts in it. */
export type Moment = { readonly at: Instant; readonly by: Actor }

/** The tickets of one case as they stand at simulated time. Each deed yields what has happened, and tells whether it had an effect. */
export type CaseWorld = {
  act(ticketId: string, moment: Moment, command: TicketCommandInput): Generator<Happening, boolean>
  merge(source: string, target: string, customerId: string, moment: Moment): Generator<Happening, boolean>
  /** What falls due up to an instant. */
  deadlinesUntil(instant: Instant): Generator<Happening>
}

/** @param prefix what the ids of the commands begin with. */
export function createCaseWorld(
  prefix: string,
  { aggregate, timeline }: { readonly aggregate: TicketAggregate; readonly timeline: TermsTimeline },
): CaseWorld {
  const tickets = new Map<string, TicketState>()
  let commands = 0

  const takesEffect = (commandId: string, ticketId: string, { at, by }: Moment, input: TicketCommandInput): boolean => {
    const state = tickets.get(ticketId) ?? aggregate.initial
    const command = { ...ticketCommandSchema.parse(input), commandId, aggregateId: ticketId, at, by }
    const decision = aggregate.decide(command, state)
    if (!decision.ok || decision.value.length === 0) return false
    tickets.set(ticketId, fold({ initial: state, evolve: aggregate.evolve }, decision.value))
    return true
  }
  const broughtBy = (source: string): { readonly waitingSince?: Instant } => {
    const state = tickets.get(source)
    return state?.status === 'closed' && state.mergedWaitingSince !== undefined
      ? { waitingSince: state.mergedWaitingSince }
      : {}
  }
  const nextDeadline = () =>
    [...tickets]
      .flatMap(([ticketId, state]) => ticketDeadlines(state, timeline).map((deadline) => ({ ticketId, deadline })))
      .sort((a, b) => (a.deadline.dueAt < b.deadline.dueAt ? -1 : 1))[0]

  const world: CaseWorld = {
    *act(ticketId, moment, command) {
      const commandId = `${prefix}:${commands++}`
      const effective = takesEffect(commandId, ticketId, moment, command)
      if (effective) yield { commandId, ...moment, ticketId, command }
      return effective
    },
    *merge(source, target, sourceCustomerId, moment) {
      const commandId = `${prefix}:${commands++}`
      const merged =
        takesEffect(commandId, target, moment, { type: 'absorb', source, sourceCustomerId }) &&
        takesEffect(commandId, source, moment, { type: 'mergeInto', target }) &&
        takesEffect(commandId, target, moment, { type: 'completeAbsorption', source, ...broughtBy(source) })
      if (merged) yield { commandId, ...moment, merge: source, into: target }
      return merged
    },
    *deadlinesUntil(instant) {
      for (;;) {
        const next = nextDeadline()
        if (!next || next.deadline.dueAt > instant) return
        const { kind, cycle, dueAt } = next.deadline
        const fired = world.act(next.ticketId, { at: dueAt, by: clockActor }, { type: 'fire', kind, cycle, dueAt })
        if (!(yield* fired)) return
      }
    },
  }
  return world
}
