import type {
  AffectedCustomer,
  EventEnvelope,
  Incident,
  IncidentDeadline,
  IncidentEvent,
  Page as OnCallPage,
  Technician,
} from '@guichet/domain'
import {
  incidentDeadlineKinds,
  incidentEvents,
  incidentStatuses,
  overdueKinds,
  parseStream,
  severities,
  streamName,
} from '@guichet/domain'
import type { IncidentRow, Page, Slice } from '@guichet/projections'
import type { ApiBuilder } from './builder.ts'
import { joinIds, splitIds } from './builder.ts'
import { historyCost } from './loaders.ts'
import { connectionOf, loadNodes, namesOf } from './paging.ts'
import type { ApiContext } from './services.ts'
import type { TicketRef } from './ticket.ts'
import type { People, Vocabulary } from './vocabulary.ts'
import { enumOf } from './vocabulary.ts'

/** The words of incidents as enumerations. */
export function addIncidentWords(builder: ApiBuilder) {
  return {
    severity: enumOf(builder, 'Severity', severities),
    status: enumOf(builder, 'IncidentStatus', incidentStatuses),
    overdue: enumOf(builder, 'IncidentOverdueKind', overdueKinds),
    deadlineKind: enumOf(builder, 'IncidentDeadlineKind', incidentDeadlineKinds),
    happening: enumOf(builder, 'IncidentEventType', Object.keys(incidentEvents) as IncidentEvent['type'][]),
  }
}

export type IncidentWords = ReturnType<typeof addIncidentWords>

/** `Incident`, for those who work at the desk: customers are told of incidents by their inbox alone. */
export function addIncidentType(
  builder: ApiBuilder,
  ticket: TicketRef,
  { channel }: Vocabulary,
  { person, actor }: People,
  words: IncidentWords,
) {
  const affected = builder.objectRef<AffectedCustomer>('AffectedCustomer').implement({
    fields: (t) => ({
      customer: t.field({ type: person, resolve: (customer) => customer }),
      language: t.exposeString('language', { nullable: true, description: 'That they are written to in.' }),
    }),
  })
  const page = builder.objectRef<OnCallPage>('OnCallPage').implement({
    description: 'A page that was sent to whoever is on call.',
    fields: (t) => ({
      number: t.exposeInt('number', { description: 'Counted from 1 over all rounds.' }),
      round: t.exposeInt('round', { description: 'How often the rota has been begun.' }),
      agentId: t.exposeID('agentId', { nullable: true, description: 'Null: everybody at the desk.' }),
      dueAt: t.expose('dueAt', { type: 'DateTime', description: 'Until when it waits for an answer.' }),
    }),
  })
  const technician = builder.objectRef<Technician>('Technician').implement({
    fields: (t) => ({
      person: t.expose('person', { type: person }),
      site: t.exposeString('site', { nullable: true }),
      dispatchedAt: t.expose('dispatchedAt', { type: 'DateTime' }),
      arrivedAt: t.expose('arrivedAt', { type: 'DateTime', nullable: true }),
    }),
  })
  const warRoom = builder.objectRef<NonNullable<Incident['warRoom']>>('WarRoom').implement({
    fields: (t) => ({
      place: t.exposeString('place'),
      openedAt: t.expose('openedAt', { type: 'DateTime' }),
    }),
  })
  const deadline = builder.objectRef<IncidentDeadline>('IncidentDeadline').implement({
    description: 'Something that falls due on an incident unless something else happens first.',
    fields: (t) => ({
      kind: t.expose('kind', { type: words.deadlineKind }),
      dueAt: t.expose('dueAt', { type: 'DateTime' }),
      cycle: t.exposeInt('cycle', { description: 'Tells it from its elder twins.' }),
    }),
  })
  const happening = builder.objectRef<Happening>('IncidentHappening')
  builder.node(happening, {
    description: 'One thing that happened to an incident.',
    id: { resolve: ({ stream, version }) => joinIds(parseStream(stream).id, version) },
    loadMany: loadNodes('incident', happeningOf),
    fields: (t) => ({
      version: t.exposeInt('version'),
      type: t.field({ type: words.happening, resolve: ({ event }) => event.type }),
      at: t.field({ type: 'DateTime', resolve: ({ event }) => event.at }),
      by: t.field({ type: actor, resolve: ({ event }) => event.by }),
      page: t.int({ nullable: true, resolve: ({ event }) => ('page' in event ? event.page : undefined) }),
      agentId: t.id({
        nullable: true,
        description: 'Who was paged.',
        resolve: ({ event }) => ('agentId' in event ? event.agentId : undefined),
      }),
      overdueWith: t.field({
        type: words.overdue,
        nullable: true,
        resolve: ({ event }) => ('what' in event ? event.what : undefined),
      }),
      dueAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'Of a page: until when it waits. Of what is overdue: since when it is.',
        resolve: ({ event }) => ('dueAt' in event ? event.dueAt : undefined),
      }),
      over: t.boolean({
        description: 'True of what was overdue when what made up for it was done, before anybody was alerted.',
        resolve: ({ event }) => 'over' in event && event.over === true,
      }),
      text: t.string({ nullable: true, description: 'What was said with it.', resolve: ({ event }) => textOf(event) }),
      internal: t.boolean({
        description: 'True of an update that customers were not told of.',
        resolve: ({ event }) => 'internal' in event && event.internal,
      }),
    }),
  })

  const incident = builder.objectRef<IncidentRow>('Incident')
  builder.node(incident, {
    description: 'A critical incident.',
    id: {
      description: 'What incidents and mutations are asked by, as well as by `key`.',
      resolve: ({ id }) => id,
    },
    loadMany: loadNodes('incident', (id, { loaders }) => loaders.incident.load(id)),
    fields: (t) => ({
      key: t.exposeID('id', { description: 'What the command line and the audit trail know it by.' }),
      version: t.exposeInt('version'),
      title: t.string({ resolve: ({ incident }) => incident.title }),
      description: t.string({ nullable: true, resolve: ({ incident }) => incident.description }),
      severity: t.field({ type: words.severity, resolve: ({ incident }) => incident.severity }),
      status: t.field({ type: words.status, resolve: ({ incident }) => incident.status }),
      channel: t.field({
        type: channel,
        description: 'How the desk learned of it.',
        resolve: ({ incident }) => incident.channel,
      }),
      declaredAt: t.field({ type: 'DateTime', resolve: ({ incident }) => incident.declaredAt }),
      updatedAt: t.field({ type: 'DateTime', resolve: ({ incident }) => incident.updatedAt }),
      customers: t.field({ type: [affected], resolve: ({ incident }) => [...incident.customers] }),
      ticket: t.field({
        type: ticket,
        nullable: true,
        description: 'Its urgent ticket; null while that is opened, and where it could not be had.',
        resolve: ({ incident }, _, { loaders }) =>
          incident.ticket.state === 'linked' ? loaders.ticket.load(incident.ticket.ticketId) : null,
      }),
      page: t.field({
        type: page,
        nullable: true,
        description: 'The page that was sent last.',
        resolve: ({ incident }) => incident.page,
      }),
      acknowledgedBy: t.field({
        type: person,
        nullable: true,
        description: 'Who has taken it on.',
        resolve: ({ incident }) => incident.acknowledged?.by,
      }),
      acknowledgedAt: t.field({
        type: 'DateTime',
        nullable: true,
        resolve: ({ incident }) => incident.acknowledged?.at,
      }),
      warRoom: t.field({ type: warRoom, nullable: true, resolve: ({ incident }) => incident.warRoom }),
      technician: t.field({ type: technician, nullable: true, resolve: ({ incident }) => incident.technician }),
      resolvedAt: t.field({ type: 'DateTime', nullable: true, resolve: ({ incident }) => incident.resolvedAt }),
      postMortemAt: t.field({ type: 'DateTime', nullable: true, resolve: ({ incident }) => incident.postMortemAt }),
      overdue: t.field({
        type: [words.overdue],
        description: 'What the desk is late with as things stand.',
        resolve: ({ incident }) => [...incident.overdue],
      }),
      deadlines: t.field({
        type: [deadline],
        description: 'What falls due, earliest first.',
        resolve: ({ deadlines }) => [...deadlines],
      }),
      timeline: t.connection(
        {
          type: happening,
          description: 'What happened, oldest first.',
          extensions: { cost: historyCost },
          resolve: async (row, args, context) => ({
            ...(await connectionOf(list, args, (page) => readTimeline(context, row, page))),
            totalCount: row.version,
          }),
        },
        {
          ...namesOf('IncidentHappening')[0],
          fields: (c) => ({ totalCount: c.exposeInt('totalCount', { description: 'How many there are.' }) }),
        },
        namesOf('IncidentHappening')[1],
      ),
    }),
  })
  return incident
}

const list = 'incidentTimeline'

export type IncidentRef = ReturnType<typeof addIncidentType>

/** One of what happened to an incident, by its id and the version of the incident. */
async function happeningOf(id: string, context: ApiContext): Promise<Happening | undefined> {
  const [incidentId = '', version = ''] = splitIds(id)
  const row = await context.loaders.incident.load(incidentId)
  if (!row || !/^[1-9]\d{0,8}$/.test(version)) return undefined
  const after = Number(version) > 1 && { after: { value: String(Number(version) - 1), id: '' } }
  const { rows } = await readTimeline(context, row, { limit: 1, ...after })
  return rows[0]?.row
}

/** One thing that happened to an incident. */
type Happening = EventEnvelope<IncidentEvent>

/**
 * A page of what happened to an incident up to the version that is shown; nothing else of its history is read.
 * @throws RangeError when the page begins or ends at what is no version.
 * @throws GraphQLError `too_complex`, `read_timeout` as the budget of the operation does.
 */
async function readTimeline(
  { services: { store }, budget }: Pick<ApiContext, 'services' | 'budget'>,
  { id, version }: Pick<IncidentRow, 'id' | 'version'>,
  { limit, backward, after, before }: Page,
): Promise<Slice<Happening>> {
  const first = after ? versionOf(after.value) + 1 : 1
  const end = Math.min(before ? versionOf(before.value) : version + 1, version + 1)
  const from = backward ? Math.max(first, end - limit) : first
  const count = Math.max(0, Math.min(limit, end - from))
  const page = await budget.page(
    async () => {
      const read = count === 0 ? [] : await store.readStream(streamName('incident', id), from, count)
      budget.events(read)
      return read as Happening[]
    },
    (read) => budget.texts(read.reduce((sum, { event }) => sum + (textOf(event)?.length ?? 0), 0)),
  )
  return {
    rows: page.map((row) => ({ row, keyset: { value: String(row.version), id: '' } })),
    hasPrevious: from > 1,
    hasNext: from + count <= version,
  }
}

function versionOf(value: string): number {
  if (!/^[1-9]\d{0,14}$/.test(value)) throw new RangeError(`no version: ${value}`)
  return Number(value)
}

/** What was said with an event. */
function textOf(event: IncidentEvent): string | undefined {
  switch (event.type) {
    case 'IncidentDeclared':
      return event.description
    case 'IncidentTicketRefused':
      return event.reason
    case 'CallbackMade':
      return event.note
    case 'WarRoomOpened':
      return event.place
    case 'TechnicianDispatched':
      return event.site
    case 'IncidentUpdatePosted':
      return event.message
    case 'IncidentResolved':
      return event.summary
    case 'IncidentReopened':
      return event.reason
    case 'PostMortemWritten':
      return event.body
    default:
      return undefined
  }
}
