import type { RoutingScores } from '../agent/routing-scores.ts'
import { offerFields } from '../agent/routing-scores.ts'
import type { BriefingRef } from '../level/briefing-type.ts'
import type { CrewRef } from '../shift/crew-type.ts'
import type { Telling } from './happening.ts'

/** The events of a ticket on its way to an agent; customers are shown none of them. */
export function addRoutingTypes(
  { people, tell }: Telling,
  scores: RoutingScores,
  briefing: BriefingRef,
  crew: CrewRef,
) {
  return [
    tell('TicketRouted', 'The ticket was offered to an agent.', (t) => ({
      round: t.int({ resolve: ({ event }) => event.round }),
      agent: t.field({ type: people.person, resolve: ({ event }) => event.agent }),
      ...offerFields(t, scores, ({ event }) => event),
    })),
    tell('RoutingDeclined', 'The agent could not take the ticket.', (t) => ({
      round: t.int({ resolve: ({ event }) => event.round }),
      agent: t.field({ type: people.person, resolve: ({ event }) => event.agent }),
      routingReason: t.string({ resolve: ({ event }) => event.reason }),
    })),
    tell('TicketQueued', 'Nobody can take the ticket now.', (t) => ({
      queueReason: t.string({ resolve: ({ event }) => event.reason }),
    })),
    tell('TicketHandedOver', 'The shift of its agent ended: whoever takes over is offered it first.', (t) => ({
      from: t.field({ type: people.person, description: 'Who had it.', resolve: ({ event }) => event.from }),
      crew: t.field({ type: crew, description: 'The crew whose shift ended.', resolve: ({ event }) => event.crew }),
      to: t.field({ type: crew, description: 'The crew that takes over.', resolve: ({ event }) => event.to }),
      dueAt: t.field({
        type: 'DateTime',
        description: 'When the shift ended.',
        resolve: ({ event }) => event.dueAt,
      }),
      briefing: t.field({ type: briefing, resolve: ({ event }) => event.briefing }),
    })),
  ]
}
