import type { FieldMap } from '@pothos/core'
import type { CandidateScore, Equal, EventEnvelope, TicketEvent, TicketEventOf } from '@guichet/domain'
import { candidateScores } from '@guichet/domain'
import type { SchemaParts, SchemaTypes } from '../builder.ts'
import { historyCost } from '../loaders.ts'
import { deskOnly } from '../readers.ts'
import { addPeople, enumOf } from '../vocabulary.ts'
import { addTicketType } from './ticket.ts'

/** A round of routing and its outcome. */
type Round = {
  readonly routed: TicketEventOf<'TicketRouted'>
  readonly outcome: 'pending' | 'taken' | 'declined' | 'withdrawn'
  readonly reason: string | undefined
}

/** Adds `Ticket.routing`: the rounds of routing with their reasons, from the ticket's history. */
export function addTicketRouting({ builder, use }: SchemaParts): void {
  const ticket = use(addTicketType)
  const { person } = use(addPeople)
  const scores = use(addRoutingScores)
  const outcome = enumOf(builder, 'RoutingOutcome', ['pending', 'taken', 'declined', 'withdrawn'], {
    description:
      'The outcome of a round. `WITHDRAWN`: the ticket was assigned by hand, or ended, before the agent answered.',
  })
  const round = builder.objectRef<Round>('RoutingRound').implement({
    description: 'One offer of the ticket to an agent.',
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
      description: 'The rounds of routing; empty for customers.',
      extensions: { ...deskOnly, cost: historyCost },
      resolve: async ({ id, history }, _, { loaders }) => roundsOf(history ?? (await loaders.history.load(id))),
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

/** The types that explain a decision of the router. */
export function addRoutingScores({ builder }: SchemaParts) {
  const part = builder
    .objectRef<CandidateScore['parts'][number]>('ScorePart')
    .implement({ fields: (t) => ({ name: t.exposeString('name'), points: t.exposeFloat('points') }) })
  const candidate = builder.objectRef<CandidateScore>('RoutingCandidate').implement({
    description: 'An agent who could take the ticket, with the parts of their score.',
    fields: (t) => ({
      agentId: t.exposeID('agentId'),
      score: t.exposeFloat('score', {
        description: 'The score: the sum of the parts or, with `least_loaded`, minus the number of their tickets.',
      }),
      parts: t.expose('parts', { type: [part] }),
    }),
  })
  const exclusion = builder.objectRef<readonly [reason: string, agents: number]>('RoutingExclusion').implement({
    description: 'A reason why agents were not candidates, with their number.',
    fields: (t) => ({
      reason: t.string({ resolve: ([reason]) => reason }),
      agents: t.int({ resolve: ([, agents]) => agents }),
    }),
  })
  const equal = builder.objectRef<Equal>('RoutingEqual').implement({
    description: 'An agent with the best score.',
    fields: (t) => ({
      agentId: t.exposeID('agentId'),
      lastGivenAt: t.expose('lastGivenAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When the agent had last been given work; null if never.',
      }),
    }),
  })
  return { candidate, equal, exclusion }
}

/** The references to the types of candidates, of equal candidates and of exclusions. */
export type RoutingScores = ReturnType<typeof addRoutingScores>

/** The fields that explain an offer. */
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
      'The agents who could take it, at most the best 500, the highest score first; among equal scores the chosen agent comes first.',
    resolve: (parent) => [...candidateScores(offerOf(parent))],
  }),
  equals: t.field({
    type: [equal],
    description:
      'The first five agents who share the best score, ordered by when they were last given work, the earliest first, and then by id. Empty if nobody has the same score as the chosen agent, and for decisions that were made before this was recorded.',
    resolve: (parent) => [...(offerOf(parent).equals ?? [])],
  }),
  candidatesLeftOut: t.int({
    description: 'How many more agents could take it.',
    resolve: (parent) => offerOf(parent).candidatesLeftOut ?? 0,
  }),
  excluded: t.field({ type: [exclusion], resolve: (parent) => Object.entries(offerOf(parent).excluded) }),
})
