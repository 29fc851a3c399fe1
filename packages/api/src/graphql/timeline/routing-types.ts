import { readCandidateTable } from '@guichet/domain'
import type { Telling } from './happening.ts'

/** The events of a ticket on its way to an agent; customers are shown none of them. */
export function addRoutingTypes({ builder, people, tell }: Telling) {
  const part = builder
    .objectRef<{ readonly name: string; readonly points: number }>('ScorePart')
    .implement({ fields: (t) => ({ name: t.exposeString('name'), points: t.exposeFloat('points') }) })
  const candidate = builder.objectRef<ReturnType<typeof readCandidateTable>[number]>('RoutingCandidate').implement({
    description: 'Somebody who could take the ticket, and what their score is the sum of.',
    fields: (t) => ({
      agentId: t.exposeID('agentId'),
      score: t.exposeFloat('score'),
      parts: t.expose('parts', { type: [part] }),
    }),
  })
  const exclusion = builder.objectRef<readonly [string, number]>('RoutingExclusion').implement({
    description: 'How many agents were no candidates, and why.',
    fields: (t) => ({
      reason: t.string({ resolve: ([reason]) => reason }),
      agents: t.int({ resolve: ([, agents]) => agents }),
    }),
  })

  return [
    tell('TicketRouted', 'The ticket was offered to an agent.', (t) => ({
      round: t.int({ resolve: ({ event }) => event.round }),
      agent: t.field({ type: people.person, resolve: ({ event }) => event.agent }),
      strategy: t.string({ resolve: ({ event }) => event.strategy }),
      policyVersion: t.string({ resolve: ({ event }) => event.policyVersion }),
      candidates: t.field({
        type: [candidate],
        description: 'Everybody who could take it, by their ids.',
        resolve: ({ event }) => [...readCandidateTable(event.candidates)],
      }),
      excluded: t.field({ type: [exclusion], resolve: ({ event }) => Object.entries(event.excluded) }),
    })),
    tell('RoutingDeclined', 'The agent could not take the ticket.', (t) => ({
      round: t.int({ resolve: ({ event }) => event.round }),
      agent: t.field({ type: people.person, resolve: ({ event }) => event.agent }),
      routingReason: t.string({ resolve: ({ event }) => event.reason }),
    })),
    tell('TicketQueued', 'Nobody can take the ticket now.', (t) => ({
      queueReason: t.string({ resolve: ({ event }) => event.reason }),
    })),
  ]
}
