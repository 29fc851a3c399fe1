import { z } from 'zod'
import type { Briefing, TicketEvent, TicketEventOf } from '@guichet/domain'
import { instant, levelsOf, supportLevels } from '@guichet/domain'
import type { EscalationRow, LevelReport } from '@guichet/projections'
import { escalationStates } from '@guichet/projections'
import { addAimed } from '../aimed.ts'
import type { ApiBuilder, SchemaParts } from '../builder.ts'
import { list, readFilter } from '../filter.ts'
import { historyCost } from '../loaders.ts'
import { connectionOf, loadNodes, namesOf } from '../paging.ts'
import { deskOnly } from '../readers.ts'
import { periodOf } from '../desk/reports.ts'
import type { TicketRef } from './ticket.ts'
import { addTicketType } from './ticket.ts'
import type { People } from '../vocabulary.ts'
import { addPeople, addVocabulary, enumOf } from '../vocabulary.ts'

const escalations = 'escalations'

const filterSchema = z.object({
  state: list(z.enum(escalationStates)),
  level: z.literal(supportLevels).optional(),
})

/** Adds `escalations` and `levelReport`. */
export function addLevelQueries(schema: SchemaParts): void {
  const { builder, use } = schema
  const ticket = use(addTicketType)
  const people = use(addPeople)
  addEscalations(builder, ticket, people)
  addLevelReport(schema)
}

function addEscalations(builder: ApiBuilder, ticket: TicketRef, { person, actor }: People): void {
  const state = enumOf(builder, 'EscalationState', escalationStates)
  const source = enumOf(builder, 'ArrivalSource', ['measured', 'configured'])
  const arrival = builder.objectRef<NonNullable<EscalationRow['arrival']>>('Arrival').implement({
    description:
      'When somebody is expected to take the ticket: by the median wait of the latest escalations to the level, or by the configuration.',
    fields: (t) => ({ at: t.expose('at', { type: 'DateTime' }), from: t.expose('from', { type: source }) }),
  })
  const escalation = builder.objectRef<EscalationRow>('Escalation')
  builder.node(escalation, {
    description: 'An escalation and its state.',
    id: { resolve: ({ id }) => id },
    loadMany: loadNodes('escalations', async (id, { read }) => {
      const { rows } = await (await read('escalations')).list({ id }, { limit: 1 }, instant(new Date()))
      return rows[0]?.row
    }),
    fields: (t) => ({
      at: t.expose('at', { type: 'DateTime' }),
      by: t.expose('by', { type: actor }),
      fromLevel: t.exposeInt('fromLevel'),
      level: t.exposeInt('level', {
        description: 'The support level after; equal to `fromLevel` if only the team changed.',
      }),
      team: t.exposeString('team', { nullable: true, description: 'The team; null if only the level changed.' }),
      reason: t.exposeString('reason'),
      state: t.expose('state', { type: state }),
      expectedBy: t.expose('expectedBy', {
        type: 'DateTime',
        nullable: true,
        description: 'When the response of the level is due; null if the level did not change.',
      }),
      arrival: t.expose('arrival', {
        type: arrival,
        nullable: true,
        description: 'The expected arrival; null unless the escalation is waiting.',
      }),
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
      state: t.field({ type: [state], description: 'Any of these states.' }),
      level: t.int({ description: 'The support level that was escalated to, 1 to 3.' }),
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

function addLevelReport({ builder, use }: SchemaParts): void {
  const aimed = use(addAimed)
  const report = builder.objectRef<LevelReport>('LevelReport').implement({
    description: 'The report of one support level on the tickets that came to it. Durations are in milliseconds.',
    fields: (t) => ({
      level: t.exposeInt('level'),
      handled: t.exposeInt('handled'),
      solved: t.exposeInt('solved'),
      escalated: t.exposeInt('escalated'),
      handedDown: t.exposeInt('handedDown'),
      open: t.exposeInt('open'),
      closed: t.exposeInt('closed', {
        description: 'How many were closed without a solution; they count in no share.',
      }),
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
        'A report for each support level on the tickets that came to it from `from`, included, to `to`, not included; over all time without them.',
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

/** Adds `Ticket.level` and `Ticket.briefing`. */
export function addTicketLevel({ builder, use }: SchemaParts): void {
  const ticket = use(addTicketType)
  const briefing = use(addBriefingType)
  builder.objectFields(ticket, (t) => ({
    level: t.exposeInt('level', {
      nullable: true,
      description: 'The support level of the ticket: 1, 2 or 3; null for customers.',
      extensions: deskOnly,
    }),
    briefing: t.field({
      type: briefing,
      nullable: true,
      description:
        'The briefing of the last escalation or hand-over at a change of shift; null for customers, and before the first one.',
      extensions: { ...deskOnly, cost: historyCost },
      resolve: async ({ id, history }, _, { loaders }) => {
        const events = (history ?? (await loaders.history.load(id))).map(({ event }) => event)
        return events.findLast(isHandOver)?.briefing
      },
    }),
  }))
}

/** Whether an event contains a briefing. */
const isHandOver = (event: TicketEvent): event is TicketEventOf<'TicketEscalated' | 'TicketHandedOver'> =>
  event.type === 'TicketEscalated' || event.type === 'TicketHandedOver'

/** Adds `Briefing`: a summary of a ticket for an expert who has not seen it. Only the desk sees briefings. */
export function addBriefingType({ builder, use }: SchemaParts) {
  const { priority, slaTarget, slaState } = use(addVocabulary)
  const { actor } = use(addPeople)
  const kind = enumOf(builder, 'AttemptKind', ['reply', 'note'])
  const attempt = builder.objectRef<Briefing['tried'][number]>('Attempt').implement({
    description: 'An attempt: the first line of a reply or note of the desk.',
    fields: (t) => ({
      at: t.expose('at', { type: 'DateTime' }),
      by: t.expose('by', { type: actor }),
      kind: t.expose('kind', { type: kind }),
      line: t.exposeString('line'),
    }),
  })
  const target = builder.objectRef<Briefing['targets'][number]>('BriefedTarget').implement({
    fields: (t) => ({
      target: t.expose('target', { type: slaTarget }),
      cycle: t.exposeInt('cycle'),
      state: t.expose('state', { type: slaState }),
      dueAt: t.expose('dueAt', { type: 'DateTime', nullable: true }),
    }),
  })
  const related = builder.objectRef<Briefing['related'][number]>('BriefedTicket').implement({
    fields: (t) => ({
      ticketId: t.exposeID('ticketId'),
      relation: t.exposeString('relation', {
        description: 'The relation of a link, or `merged`, `split` or `split_from`.',
      }),
    }),
  })
  const earlier = builder.objectRef<Briefing['earlier'][number]>('PastEscalation').implement({
    fields: (t) => ({
      at: t.expose('at', { type: 'DateTime' }),
      by: t.expose('by', { type: actor }),
      team: t.exposeString('team', { nullable: true }),
      level: t.exposeInt('level'),
      reason: t.exposeString('reason'),
    }),
  })
  return builder.objectRef<Briefing>('Briefing').implement({
    description: 'A summary of a ticket at the time of an escalation or hand-over.',
    fields: (t) => ({
      customerId: t.exposeID('customerId'),
      plan: t.exposeString('plan', { nullable: true }),
      subject: t.exposeString('subject'),
      category: t.exposeString('category', { nullable: true }),
      priority: t.expose('priority', { type: priority }),
      openedAt: t.expose('openedAt', { type: 'DateTime' }),
      reopenings: t.exposeInt('reopenings'),
      tried: t.expose('tried', { type: [attempt], description: 'The latest attempts, oldest first.' }),
      triedBefore: t.exposeInt('triedBefore', { description: 'How many attempts there were before those.' }),
      targets: t.expose('targets', { type: [target] }),
      related: t.expose('related', { type: [related] }),
      earlier: t.expose('earlier', { type: [earlier], description: 'The earlier escalations, oldest first.' }),
    }),
  })
}

/** The reference to `Briefing`, for the events and the work lists that show one. */
export type BriefingRef = ReturnType<typeof addBriefingType>
