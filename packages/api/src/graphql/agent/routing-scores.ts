import type { Equal, ShownCandidate } from '@guichet/domain'
import type { ApiBuilder } from '../schema/builder.ts'

/** What a decision of routing is explained with. */
export function addRoutingScores(builder: ApiBuilder) {
  const part = builder
    .objectRef<ShownCandidate['parts'][number]>('ScorePart')
    .implement({ fields: (t) => ({ name: t.exposeString('name'), points: t.exposeFloat('points') }) })
  const candidate = builder.objectRef<ShownCandidate>('RoutingCandidate').implement({
    description: 'Somebody who could take the ticket, and what their score is the sum of.',
    fields: (t) => ({
      agentId: t.exposeID('agentId'),
      score: t.exposeFloat('score', { description: 'Of `least_loaded`, minus the tickets that they have.' }),
      parts: t.expose('parts', { type: [part] }),
    }),
  })
  const exclusion = builder.objectRef<readonly [reason: string, agents: number]>('RoutingExclusion').implement({
    description: 'How many agents were no candidates, and why.',
    fields: (t) => ({
      reason: t.string({ resolve: ([reason]) => reason }),
      agents: t.int({ resolve: ([, agents]) => agents }),
    }),
  })
  const equal = builder.objectRef<Equal>('RoutingEqual').implement({
    description: 'Somebody who shares the best score.',
    fields: (t) => ({
      agentId: t.exposeID('agentId'),
      lastGivenAt: t.expose('lastGivenAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When they had last been given work; null if they never had.',
      }),
    }),
  })
  return { candidate, equal, exclusion }
}

export type RoutingScores = ReturnType<typeof addRoutingScores>
