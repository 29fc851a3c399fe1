import type { EventEnvelope, TicketEvent, TicketEventOf } from '@guichet/domain'
import type { ApiBuilder } from '../schema/builder.ts'
import { seesOwnOnly } from '../schema/context.ts'
import { historyCost } from '../schema/loaders.ts'
import type { People } from '../schema/people.ts'
import type { TicketRef } from '../ticket/ticket-type.ts'
import type { RoutingScores } from './routing-scores.ts'
import { offerFields } from './routing-scores.ts'
import { enumOf } from '../schema/enum-values.ts'

/** A round of routing with how it ended. */
type Round = {
  readonly routed: TicketEventOf<'TicketRouted'>
  readonly outcome: 'pending' | 'taken' | 'declined' | 'withdrawn'
  readonly reason: string | undefined
}

/** `Ticket.routing`: why this agent, round by round, told from the ticket's own history. */
export function addTicketRouting(
  builder: ApiBuilder,
  ticket: TicketRef,
  { person }: People,
  scores: RoutingScores,
): void {
  const outcome = enumOf(builder, 'RoutingOutcome', ['pending', 'taken', 'declined', 'withdrawn'], {
    description: '`WITHDRAWN`: the ticket was assigned by hand, or ended, before the agent answered.',
  })
  const round = builder.objectRef<Round>('RoutingRound').implement({
    description: 'One time that the ticket was offered to an agent.',
    fields: (t) => ({
      round: t.int({ resolve: ({ routed }) => routed.round }),
      at: t.field({ type: 'DateTime', resolve: ({ routed }) => routed.at }),
      agent: t.field({ type: person, resolve: ({ routed }) => routed.agent }),
      outcome: t.expose('outcome', { type: outcome }),
      reason: t.exposeString('reason', { nullable: true, description: 'Why it was declined.' }),
      ...offerFields(t, scores, ({ routed }) => routed),
    }),
  })
  builder.objectField(ticket, 'routing', (t) =>
    t.field({
      type: [round],
      description: 'How the ticket found its agent, round by round; empty for customers.',
      extensions: { cost: historyCost },
      resolve: async ({ id, history }, _, context) =>
        seesOwnOnly(context) ? [] : roundsOf(history ?? (await context.loaders.history.load(id))),
    }),
  )
}

const ending: ReadonlySet<TicketEvent['type']> = new Set(['TicketAssigned', 'TicketResolved', 'TicketClosed'])

function roundsOf(history: readonly EventEnvelope<TicketEvent>[]): Round[] {
  const rounds: Round[] = []
  const end = (outcome: Round['outcome'], reason?: string): void => {
    const last = rounds.at(-1)
    if (last?.outcome === 'pending') rounds[rounds.length - 1] = { ...last, outcome, reason }
  }
  for (const { event } of history) {
    if (event.type === 'TicketRouted') rounds.push({ routed: event, outcome: 'pending', reason: undefined })
    else if (event.type === 'RoutingDeclined') end('declined', event.reason)
    else if (event.type === 'TicketAssigned' && event.round !== undefined) end('taken')
    else if (ending.has(event.type)) end('withdrawn')
  }
  return rounds
}
