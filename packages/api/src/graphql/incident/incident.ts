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
  readHistory,
  severities,
} from '@guichet/domain'
import type { IncidentRow, Page, Slice } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import { joinIds, splitIds } from '../builder.ts'
import { historyCost } from '../loaders.ts'
import { connectionOf, loadNodes, namesOf } from '../paging.ts'
import type { ApiContext } from '../services.ts'
import { addPeople, addVocabulary, enumOf } from '../vocabulary.ts'
import { addTicketType } from '../ticket/ticket.ts'

/** Adds the enumerations of incidents. */
export function addIncidentEnums({ builder }: SchemaParts) {
  return {
    severity: enumOf(builder, 'Severity', severities),
    status: enumOf(builder, 'IncidentStatus', incidentStatuses),
    overdue: enumOf(builder, 'IncidentOverdueKind', overdueKinds),
    deadlineKind: enumOf(builder, 'IncidentDeadlineKind', incidentDeadlineKinds),
    eventType: enumOf(builder, 'IncidentEventType', Object.keys(incidentEvents) as IncidentEvent['type'][]),
  }
}

/** Adds `Incident`, for the desk only: customers get notifications of incidents in their inbox. */
export function addIncidentType({ builder, use }: SchemaParts) {
  const ticket = use(addTicketType)
  const { channel } = use(addVocabulary)
  const { person } = use(addPeople)
  const enums = use(addIncidentEnums)
  const affected = use(addAffectedCustomer)
  const page = use(addOnCallPage)
  const technician = use(addTechnician)
  const warRoom = use(addWarRoom)
  const deadline = use(addIncidentDeadline)
  const incidentEvent = use(addIncidentEventType)
  const incident = builder.objectRef<IncidentRow>('Incident')
  builder.node(incident, {
    description: 'A critical incident.',
    id: {
      description: 'The global id. Queries and mutations take it as well as `key`.',
      resolve: ({ id }) => id,
    },
    loadMany: loadNodes('incident', (id, { loaders }) => loaders.incident.load(id)),
    fields: (t) => ({
      key: t.exposeID('id', { description: 'The id on the command line and in the audit trail.' }),
      version: t.exposeInt('version'),
      title: t.string({ resolve: ({ incident }) => incident.title }),
      description: t.string({ nullable: true, resolve: ({ incident }) => incident.description }),
      severity: t.field({ type: enums.severity, resolve: ({ incident }) => incident.severity }),
      status: t.field({ type: enums.status, resolve: ({ incident }) => incident.status }),
      channel: t.field({
        type: channel,
        description: 'The channel on which it was reported.',
        resolve: ({ incident }) => incident.channel,
      }),
      declaredAt: t.field({ type: 'DateTime', resolve: ({ incident }) => incident.declaredAt }),
      updatedAt: t.field({ type: 'DateTime', resolve: ({ incident }) => incident.updatedAt }),
      customers: t.field({ type: [affected], resolve: ({ incident }) => [...incident.customers] }),
      ticket: t.field({
        type: ticket,
        nullable: true,
        description: 'The urgent ticket; null until it is opened, and if that failed.',
        resolve: ({ incident }, _, { loaders }) =>
          incident.ticket.state === 'linked' ? loaders.ticket.load(incident.ticket.ticketId) : null,
      }),
      page: t.field({
        type: page,
        nullable: true,
        description: 'The latest page.',
        resolve: ({ incident }) => incident.page,
      }),
      acknowledgedBy: t.field({
        type: person,
        nullable: true,
        description: 'The person who acknowledged it.',
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
        type: [enums.overdue],
        description: 'The work that is overdue now.',
        resolve: ({ incident }) => [...incident.overdue],
      }),
      deadlines: t.field({
        type: [deadline],
        description: 'The deadlines, earliest first.',
        resolve: ({ deadlines }) => [...deadlines],
      }),
      timeline: t.connection(
        {
          type: incidentEvent,
          description: 'The events, oldest first.',
          extensions: { cost: historyCost },
          resolve: async (row, args, context) => ({
            ...(await connectionOf(list, args, (page) => readTimeline(context, row, page))),
            totalCount: row.version,
          }),
        },
        {
          ...namesOf('IncidentEvent')[0],
          fields: (c) => ({ totalCount: c.exposeInt('totalCount', { description: 'How many events there are.' }) }),
        },
        namesOf('IncidentEvent')[1],
      ),
    }),
  })
  return incident
}

/** Adds `AffectedCustomer`. */
function addAffectedCustomer({ builder, use }: SchemaParts) {
  const { person } = use(addPeople)
  return builder.objectRef<AffectedCustomer>('AffectedCustomer').implement({
    fields: (t) => ({
      customer: t.field({ type: person, resolve: (customer) => customer }),
      language: t.exposeString('language', {
        nullable: true,
        description: 'The language of messages to the customer.',
      }),
    }),
  })
}

/** Adds `OnCallPage`. */
function addOnCallPage({ builder }: SchemaParts) {
  return builder.objectRef<OnCallPage>('OnCallPage').implement({
    description: 'A page that was sent to the agent on call.',
    fields: (t) => ({
      number: t.exposeInt('number', { description: 'The number of the page, counted from 1 over all rounds.' }),
      round: t.exposeInt('round', { description: 'The round of the rota, counted from 1.' }),
      agentId: t.exposeID('agentId', {
        nullable: true,
        description: 'The agent who is paged; null for everybody at the desk.',
      }),
      dueAt: t.expose('dueAt', { type: 'DateTime', description: 'When the page times out.' }),
    }),
  })
}

/** Adds `Technician`. */
function addTechnician({ builder, use }: SchemaParts) {
  const { person } = use(addPeople)
  return builder.objectRef<Technician>('Technician').implement({
    fields: (t) => ({
      person: t.expose('person', { type: person }),
      site: t.exposeString('site', { nullable: true }),
      dispatchedAt: t.expose('dispatchedAt', { type: 'DateTime' }),
      arrivedAt: t.expose('arrivedAt', { type: 'DateTime', nullable: true }),
    }),
  })
}

/** Adds `WarRoom`. */
function addWarRoom({ builder }: SchemaParts) {
  return builder.objectRef<NonNullable<Incident['warRoom']>>('WarRoom').implement({
    fields: (t) => ({
      place: t.exposeString('place'),
      openedAt: t.expose('openedAt', { type: 'DateTime' }),
    }),
  })
}

/** Adds `IncidentDeadline`. */
function addIncidentDeadline({ builder, use }: SchemaParts) {
  const enums = use(addIncidentEnums)
  return builder.objectRef<IncidentDeadline>('IncidentDeadline').implement({
    description: 'A deadline of an incident: it falls due unless its work is done first.',
    fields: (t) => ({
      kind: t.expose('kind', { type: enums.deadlineKind }),
      dueAt: t.expose('dueAt', { type: 'DateTime' }),
      cycle: t.exposeInt('cycle', { description: 'The number of the deadline among those of its kind.' }),
    }),
  })
}

/** Adds `IncidentEvent`. */
function addIncidentEventType({ builder, use }: SchemaParts) {
  const { actor } = use(addPeople)
  const enums = use(addIncidentEnums)
  const incidentEvent = builder.objectRef<RecordedIncidentEvent>('IncidentEvent')
  builder.node(incidentEvent, {
    description: 'One event of an incident.',
    id: { resolve: ({ stream, version }) => joinIds(parseStream(stream).id, version) },
    loadMany: loadNodes('incident', recordedEventOf),
    fields: (t) => ({
      version: t.exposeInt('version'),
      type: t.field({ type: enums.eventType, resolve: ({ event }) => event.type }),
      at: t.field({ type: 'DateTime', resolve: ({ event }) => event.at }),
      by: t.field({ type: actor, resolve: ({ event }) => event.by }),
      page: t.int({ nullable: true, resolve: ({ event }) => ('page' in event ? event.page : undefined) }),
      agentId: t.id({
        nullable: true,
        description: 'The agent who was paged.',
        resolve: ({ event }) => ('agentId' in event ? event.agentId : undefined),
      }),
      overdueWith: t.field({
        type: enums.overdue,
        nullable: true,
        resolve: ({ event }) => ('what' in event ? event.what : undefined),
      }),
      dueAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'For a page, when it times out. For overdue work, when it was due.',
        resolve: ({ event }) => ('dueAt' in event ? event.dueAt : undefined),
      }),
      over: t.boolean({
        description: 'Whether the overdue work was done before anybody was alerted.',
        resolve: ({ event }) => 'over' in event && event.over === true,
      }),
      text: t.string({ nullable: true, description: 'The text of the event.', resolve: ({ event }) => textOf(event) }),
      internal: t.boolean({
        description: 'Whether the update was not sent to customers.',
        resolve: ({ event }) => 'internal' in event && event.internal,
      }),
    }),
  })
  return incidentEvent
}

const list = 'incidentTimeline'

/** Finds an event of an incident by its id and the version of the incident. */
async function recordedEventOf(id: string, context: ApiContext): Promise<RecordedIncidentEvent | undefined> {
  const [incidentId = '', version = ''] = splitIds(id)
  const row = await context.loaders.incident.load(incidentId)
  if (!row || !/^[1-9]\d{0,8}$/.test(version)) return undefined
  const after = Number(version) > 1 && { after: { value: String(Number(version) - 1), id: '' } }
  const { rows } = await readTimeline(context, row, { limit: 1, ...after })
  return rows[0]?.row
}

/** One event of an incident. */
type RecordedIncidentEvent = EventEnvelope<IncidentEvent>

/**
 * Reads a page of the events of an incident up to the version that is shown, and nothing else of its history.
 * @throws RangeError when the page begins or ends at a value that is not a version.
 * @throws GraphQLError `too_complex`, `read_timeout` from the reading budget of the operation.
 */
async function readTimeline(
  { services: { store }, budget }: Pick<ApiContext, 'services' | 'budget'>,
  { id, version }: Pick<IncidentRow, 'id' | 'version'>,
  { limit, backward, after, before }: Page,
): Promise<Slice<RecordedIncidentEvent>> {
  const first = after ? versionOf(after.value) + 1 : 1
  const end = Math.min(before ? versionOf(before.value) : version + 1, version + 1)
  const from = backward ? Math.max(first, end - limit) : first
  const count = Math.max(0, Math.min(limit, end - from))
  const page = await budget.page(
    async () => {
      const read = count === 0 ? [] : await readHistory(store, 'incident', id, from, count)
      budget.events(read)
      return read
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

/** The text of an event. */
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
