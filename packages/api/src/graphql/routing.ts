import type { FieldMap } from '@pothos/core'
import type { Equal, EventEnvelope, ShownCandidate, TicketEvent, TicketEventOf } from '@guichet/domain'
import { shownCandidates } from '@guichet/domain'
import type { ApiBuilder, SchemaTypes } from './builder.ts'
import { seesOwnOnly } from './context.ts'
import { historyCost } from './loaders.ts'
import type { TicketRef } from './ticket.ts'
import type { People } from './vocabulary.ts'
import { enumOf } from './vocabulary.ts'

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
