import type { FieldMap } from '@pothos/core'
import type { Equal, ShownCandidate, TicketEventOf } from '@guichet/domain'
import { shownCandidates } from '@guichet/domain'
import type { ApiBuilder, SchemaTypes } from '../schema/builder.ts'

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

/** The fields that explain an offer, on whatever it is told with. */
export const offerFields = <P>(
  t: PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, P>,
  { candidate, equal, exclusion }: RoutingScores,
  offerOf: (parent: P) => TicketEventOf<'TicketRouted'>,
): FieldMap => ({
  strategy: t.string({ resolve: (parent) => offerOf(parent).strategy }),
  policyVersion: t.string({ resolve: (parent) => offerOf(parent).policyVersion }),
  candidates: t.field({
    type: [candidate],
    description:
      'Who could take it, the highest score first, and of equal ones whoever was chosen: everybody, or the best 500.',
    resolve: (parent) => [...shownCandidates(offerOf(parent))],
  }),
  equals: t.field({
    type: [equal],
    description:
      'The first five of those who share the best score, in the order in which they come: whoever was given work longest ago, then by id. Empty where nobody is equal to whoever was chosen, and of what was routed before it was noted.',
    resolve: (parent) => [...(offerOf(parent).equals ?? [])],
  }),
  candidatesLeftOut: t.int({
    description: 'How many more could take it.',
    resolve: (parent) => offerOf(parent).candidatesLeftOut ?? 0,
  }),
  excluded: t.field({ type: [exclusion], resolve: (parent) => Object.entries(offerOf(parent).excluded) }),
})
