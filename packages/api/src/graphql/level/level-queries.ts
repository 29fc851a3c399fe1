import { instant, levelsOf, supportLevels } from '@guichet/domain'
import type { Aimed, EscalationRow, LevelReport } from '@guichet/projections'
import { escalationStates } from '@guichet/projections'
import { z } from 'zod'
import { list, readFilter } from '../filter/read-filter.ts'
import { connectionOf, namesOf } from '../paging/connection.ts'
import type { ApiBuilder } from '../schema/builder.ts'
import type { People } from '../schema/people.ts'
import type { TicketRef } from '../ticket/ticket-type.ts'
import { periodOf } from '../report/period.ts'
import { enumOf } from '../schema/enum-values.ts'
import { loadNodes } from '../schema/load-nodes.ts'

const escalations = 'escalations'
const filterSchema = z.object({
  state: list(z.enum(escalationStates)),
  level: z.literal(supportLevels).optional(),
})

/** `escalations` and `levelReport`. */
export function addLevelQueries(builder: ApiBuilder, ticket: TicketRef, people: People): void {
  addEscalations(builder, ticket, people)
  addLevelReport(builder)
}

function addEscalations(builder: ApiBuilder, ticket: TicketRef, { person, actor }: People): void {
  const state = enumOf(builder, 'EscalationState', escalationStates)
  const source = enumOf(builder, 'ArrivalSource', ['measured', 'configured'])
  const arrival = builder.objectRef<NonNullable<EscalationRow['arrival']>>('Arrival').implement({
    description:
      'When somebody is likely to be there: after the median wait of the latest escalations to the level, or as it is configured.',
    fields: (t) => ({ at: t.expose('at', { type: 'DateTime' }), from: t.expose('from', { type: source }) }),
  })
  const escalation = builder.objectRef<EscalationRow>('Escalation')
  builder.node(escalation, {
    description: 'An escalation, and what has become of it.',
    id: { resolve: ({ id }) => id },
    loadMany: loadNodes('escalations', async (id, { read }) => {
      const { rows } = await (await read('escalations')).list({ id }, { limit: 1 }, instant(new Date()))
      return rows[0]?.row
    }),
    fields: (t) => ({
      at: t.expose('at', { type: 'DateTime' }),
      by: t.expose('by', { type: actor }),
      fromLevel: t.exposeInt('fromLevel'),
      level: t.exposeInt('level', { description: 'As `fromLevel` where only another team was called.' }),
      team: t.exposeString('team', { nullable: true, description: 'Null where a level alone was called.' }),
      reason: t.exposeString('reason'),
      state: t.expose('state', { type: state }),
      expectedBy: t.expose('expectedBy', {
        type: 'DateTime',
        nullable: true,
        description: 'When the level was to answer by; null where the level stayed.',
      }),
      arrival: t.expose('arrival', { type: arrival, nullable: true, description: 'Null unless it is waiting.' }),
      takenAt: t.expose('takenAt', { type: 'DateTime', nullable: true }),
      takenBy: t.expose('takenBy', { type: person, nullable: true }),
      endedAt: t.expose('endedAt', { type: 'DateTime', nullable: true }),
      ticket: t.field({
        type: ticket,
        nullable: true,
        resolve: ({ ticketId }, _, { loaders }) => loaders.ticket.load(ticketId),
      }),
    }),
  })
  const filterInput = builder.inputType('EscalationFilter', {
    fields: (t) => ({
      state: t.field({ type: [state], description: 'In any of these.' }),
      level: t.int({ description: 'To this support level, 1 to 3.' }),
    }),
  })
  builder.queryField('escalations', (t) =>
    t.connection(
      {
        type: escalation,
        description: 'Escalations, the latest first.',
        args: { filter: t.arg({ type: filterInput }) },
        resolve: (_, { filter, ...args }, { read }) =>
          connectionOf(escalations, args, async (page) => {
            const { state: states, level } = readFilter(filterSchema, filter)
            return (await read('escalations')).list({ states, level }, page, instant(new Date()))
          }),
      },
      ...namesOf('Escalation'),
    ),
  )
}

function addLevelReport(builder: ApiBuilder): void {
  const aimed = builder.objectRef<Aimed>('Aimed').implement({
    description: 'A figure beside its aim: milliseconds or a share from 0 to 1.',
    fields: (t) => ({
      value: t.exposeFloat('value', { nullable: true, description: 'Null where nothing counts.' }),
      aim: t.exposeFloat('aim', { nullable: true, description: 'Null where there is none.' }),
      met: t.exposeBoolean('met', { nullable: true }),
    }),
  })
  const report = builder.objectRef<LevelReport>('LevelReport').implement({
    description: 'How one level has done with the tickets that came to it. Durations in milliseconds.',
    fields: (t) => ({
      level: t.exposeInt('level'),
      handled: t.exposeInt('handled'),
      solved: t.exposeInt('solved'),
      escalated: t.exposeInt('escalated'),
      handedDown: t.exposeInt('handedDown'),
      open: t.exposeInt('open'),
      closed: t.exposeInt('closed', { description: 'Without a solution: they count in no share.' }),
      averageResponse: t.expose('averageResponse', { type: aimed }),
      averageSolution: t.expose('averageSolution', { type: aimed }),
      solvedShare: t.expose('solvedShare', { type: aimed }),
      escalatedShare: t.expose('escalatedShare', { type: aimed }),
      solvedInTimeShare: t.expose('solvedInTimeShare', { type: aimed }),
      solveWithin: t.exposeFloat('solveWithin', { description: 'The time that `solvedInTimeShare` allows.' }),
    }),
  })
  builder.queryField('levelReport', (t) =>
    t.field({
      type: [report],
      description:
        'Each support level, of tickets that came to it from `from`, included, to `to`, not included; of all time without them.',
      args: { from: t.arg({ type: 'DateTime' }), to: t.arg({ type: 'DateTime' }) },
      extensions: { cost: 200 },
      resolve: async (_, period, { read, services }) => {
        const range = periodOf(period)
        const escalations = await read('escalations')
        return [...(await escalations.report(range, levelsOf((await services.desk.terms()).policy)))]
      },
    }),
  )
}
