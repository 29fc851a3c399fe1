import type { ShownCandidate } from '@guichet/domain'
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
      score: t.exposeFloat('score'),
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
  return { candidate, exclusion }
}

export type RoutingScores = ReturnType<typeof addRoutingScores>
