import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type {
  CustomerEvent,
  CustomerState,
  DraftEvent,
  Drafts,
  EventEnvelope,
  Instant,
  Notification,
  NotificationTerms,
  Position,
  Recipient,
  RecipientEvent,
  TeamAlertEvent,
  TermsTimeline,
  TicketEvent,
  TicketState,
} from '@guichet/domain'
import {
  chatNotifications,
  days,
  draftNotifications,
  elapsed,
  evolveCustomer,
  incidentNotice,
  incidentNotifications,
  isOfCategory,
  mayNotify,
  notificationsFor,
  parseStream,
  recipientAggregate,
  teamAlertNotifications,
  termsAt,
} from '@guichet/domain'
import type { ChatFolding } from '../chats/chat-facts.ts'
import { draftRowId } from '../drafts/model.ts'
import type { IncidentFolding, IncidentStep } from '../incidents.ts'
import type { Projection, ProjectionContext, RecordedEvent } from '../runner/projection.ts'
import type { TermsKeeper, TermsPart } from '../streams/configuration.ts'
import type { Step, StreamFolding } from '../streams/stream-folding.ts'
import { createStreamFolding } from '../streams/stream-folding.ts'
import { forgetsWithdrawn, removeRows } from '../streams/withdrawals.ts'
import type { TicketStep } from '../tickets/model.ts'
import { tablesOf, writtenTable } from '../written-table.ts'

/**
 * Who is notified of which event, in which words and on which channels, by the preferences and the configuration that
 * were known when it happened: later ones change no earlier notification. The sink receives the notifications for
 * e-mail and push once, within the projection's transaction, and none while a rebuild replays.
 */
export function inboxProjection(
  tickets: StreamFolding<TicketEvent, TicketState>,
  incidents: IncidentFolding,
  chats: ChatFolding,
  drafts: StreamFolding<DraftEvent, Drafts>,
  terms: TermsKeeper,
  sink: NotificationSink | undefined,
): Projection {
  const customers = createStreamFolding<CustomerEvent, CustomerState>({
    category: 'customer',
    initial: { status: 'absent' },
    evolve: (state, { event }) => evolveCustomer(state, event),
  })
  return forgetsWithdrawn(
    {
      name: 'inbox',
      version: 15,
      ...tablesOf(notificationTable, recipientTable),
      project: async (events, context) => {
        const { tx, replaying } = context
        const ofTickets = notifying(await tickets.steps(events, context))
        const ofIncidents = notifying(await incidents.steps(events, context))
        const ofChats = notifying(await chats.steps(events, context))
        const ofDrafts = await withCustomers(notifying(await drafts.steps(events, context)), customers, context)
        const recipients = await loadRecipients(tx, events, ofTickets, ofIncidents, ofChats)
        const parts = await terms.split(events, context)
        const composers = composersOf(ofTickets, ofIncidents, ofChats, ofDrafts, events.filter(isTeamAlert))
        const { notifications, changed } = notifyOfBatch(parts, composers, recipients)
        const outside = sink && !replaying ? outsideTheWeb(notifications) : []
        await Promise.all([
          recipientTable.replace(tx, recipientRows(changed)),
          notificationTable.insert(tx, notificationRows(notifications), {
            values: { seq: sql`(select coalesce(max(seq), 0) from notification) + r.seq` },
          }),
          ...(sink && outside.length > 0 ? [sink(tx, outside)] : []),
        ])
      },
    },
    (ids, { tx }) => removeRows(tx, ids, { notification: 'ticket_id' }),
  )
}

const notificationTable = writtenTable(
  'notification',
  `seq bigint primary key,
  position text collate "C" not null,
  id text collate "C" not null,
  recipient_id text collate "C",
  team text,
  ticket_id text,
  chat_id text,
  incident_id text,
  draft_id text,
  kind text not null,
  level text not null,
  title text not null,
  message text not null,
  language text not null,
  web boolean not null,
  email boolean not null,
  push boolean not null,
  at timestamptz not null`,
  {
    indexes: [
      'unique index on notification (recipient_id, position, id)',
      'index on notification (recipient_id, at, position) where web',
      'index on notification (recipient_id, seq) where web',
      'index on notification (at, position) where web and recipient_id is null',
      'index on notification (seq) where web and recipient_id is null',
    ],
  },
)

const recipientTable = writtenTable(
  'recipient',
  'id text collate "C" primary key, preference text not null, language text',
)

/** The rows of notifications, numbered from 1. */
const notificationRows = (notifications: readonly PlacedNotification<Notification>[]): readonly object[] =>
  notifications.map(
    ({ recipientId, ticketId, chatId, incidentId, draft, channels, address: _, recordedAt: __, ...rest }, index) => ({
      ...rest,
      seq: index + 1,
      ...channels,
      recipient_id: recipientId,
      ticket_id: ticketId,
      chat_id: chatId,
      incident_id: incidentId,
      draft_id: draft && draftRowId(draft.customerId, draft.number),
    }),
  )

type ChatStep = Awaited<ReturnType<ChatFolding['steps']>>[number]

/** A suspicion of trouble, with the record of its customer at that moment. */
type SuspectedTrouble = {
  readonly envelope: EventEnvelope<DraftEvent>
  readonly customer: CustomerState | undefined
}

/** Composes the notifications of an event, under the terms of its moment. */
type Compose = (terms: NotificationTerms) => readonly Notification[]

/** With the position of its event, and when that event was recorded. */
type PlacedNotification<T> = T & { readonly position: Position; readonly recordedAt: Instant }

type NotifiedBatch = {
  /** In global order. */
  readonly notifications: readonly PlacedNotification<Notification>[]
  /** The users whose preferences the batch has changed, with their state at its end. */
  readonly changed: readonly (readonly [string, Recipient])[]
}

/** The steps whose events may notify somebody. */
const notifying = <S extends { readonly envelope: EventEnvelope }>(steps: readonly S[]): readonly S[] =>
  steps.filter(({ envelope }) => mayNotify(envelope))

const isTeamAlert = (recorded: EventEnvelope): recorded is EventEnvelope<TeamAlertEvent> =>
  parseStream(recorded.stream).category === 'teamAlert'

/** The names of customers are on their own streams: as of each event, however history is cut into batches. */
const withCustomers = (
  steps: readonly Step<DraftEvent, Drafts>[],
  customers: StreamFolding<CustomerEvent, CustomerState>,
  context: ProjectionContext,
): Promise<readonly SuspectedTrouble[]> =>
  Promise.all(
    steps.map(async ({ id, envelope }) => {
      const records = await customers.statesAt([id], envelope.position, context)
      return { envelope, customer: records.get(id) }
    }),
  )

/** How the notifications of each event are composed, by the id of the event. */
function composersOf(
  tickets: readonly TicketStep[],
  incidents: readonly IncidentStep[],
  chats: readonly ChatStep[],
  drafts: readonly SuspectedTrouble[],
  teamAlerts: readonly EventEnvelope<TeamAlertEvent>[],
): ReadonlyMap<string, Compose> {
  const composer = ({ id }: EventEnvelope, compose: Compose): readonly [string, Compose] => [id, compose]
  return new Map([
    ...tickets.map(({ envelope, before, after }) =>
      composer(envelope, (terms) => notificationsFor(envelope, before, after, terms)),
    ),
    ...incidents.map(({ envelope, after }) =>
      composer(envelope, (terms) => incidentNotifications(envelope, after, terms)),
    ),
    ...chats.map(({ envelope, after }) =>
      composer(envelope, (terms) => chatNotifications(envelope, after.state, terms)),
    ),
    ...drafts.map(({ envelope, customer }) =>
      composer(envelope, (terms) => draftNotifications(envelope, customer, terms)),
    ),
    ...teamAlerts.map((envelope) => composer(envelope, (terms) => teamAlertNotifications(envelope, terms))),
  ])
}

/**
 * Determines the notifications event by event, in global order: a preference applies to later events. Updates
 * `recipients`.
 */
function notifyOfBatch(
  parts: readonly TermsPart[],
  composers: ReadonlyMap<string, Compose>,
  recipients: Recipients,
): NotifiedBatch {
  const changed = new Set<string>()
  const notificationsOf = (
    recorded: RecordedEvent,
    timeline: TermsTimeline,
  ): readonly PlacedNotification<Notification>[] => {
    const stated = recipientEventOf(recorded)
    if (stated) {
      evolveRecipients(recipients, stated.id, stated.event)
      changed.add(stated.id)
      return []
    }
    const compose = composers.get(recorded.id)
    if (!compose) return []
    const { position, recordedAt, event } = recorded
    const terms = { ...termsAt(timeline, event.at), recipientOf: (userId: string) => recipients.get(userId) }
    return compose(terms).map((notification) => ({ ...notification, position, recordedAt }))
  }
  return {
    notifications: parts.flatMap(({ events, timeline }) =>
      events.flatMap((recorded) => notificationsOf(recorded, timeline)),
    ),
    changed: [...recipients].filter(([id]) => changed.has(id)),
  }
}

type Recipients = Map<string, Recipient>

/** The recipient event in a recorded event, with the user's id. */
function recipientEventOf(
  recorded: RecordedEvent,
): { readonly id: string; readonly event: RecipientEvent } | undefined {
  return isOfCategory(recorded, 'recipient')
    ? { id: parseStream(recorded.stream).id, event: recorded.event }
    : undefined
}

/** Reads the preferences, before a batch, of the users that it may notify or whose preferences it changes. */
async function loadRecipients(
  tx: Transaction<unknown>,
  events: readonly RecordedEvent[],
  steps: readonly TicketStep[],
  incidentSteps: readonly IncidentStep[],
  chatSteps: readonly ChatStep[],
): Promise<Recipients> {
  const ids = new Set([
    ...events.flatMap((recorded) => recipientEventOf(recorded)?.id ?? []),
    ...steps.flatMap(involved),
    ...incidentSteps.flatMap(
      ({ envelope, after }) => incidentNotice(envelope, after)?.people.map(({ id }) => id) ?? [],
    ),
    ...chatSteps.flatMap(({ after: { state } }) => (state.status === 'absent' ? [] : (state.assignee?.id ?? []))),
  ])
  if (ids.size === 0) return new Map()
  const { rows } = await sql<{ id: string; preference: Recipient['preference']; language: string | null }>`
    select id, preference, language from recipient where id = any(${[...ids]}::text[])`.execute(tx)
  return new Map(rows.map(({ id, preference, language }) => [id, { preference, language: language ?? undefined }]))
}

/** The users who may be notified of an event. */
function involved({ after }: TicketStep): readonly string[] {
  if (after.status === 'absent') return []
  const { customer, watchers, assignee } = after
  return [customer, ...watchers, ...(assignee ? [assignee] : [])].map(({ id }) => id)
}

/** Applies one more event to a user's preferences. */
function evolveRecipients(recipients: Recipients, id: string, event: RecipientEvent): void {
  recipients.set(id, recipientAggregate.evolve(recipients.get(id) ?? recipientAggregate.initial, event))
}

/** Recipients as rows of `recipientTable`. */
const recipientRows = (recipients: readonly (readonly [string, Recipient])[]): readonly object[] =>
  recipients.map(([id, { preference, language }]) => ({ id, preference, language }))

/** Receives the notifications that are delivered outside of the web, within the projection's own transaction. */
export type NotificationSink = (tx: Transaction<unknown>, notifications: readonly Notification[]) => Promise<void>

/** Events older than this when recorded count as history: they are shown on the web, but not sent by e-mail or push. */
const history = days(1)

/** The notifications that are for e-mail or push. */
const outsideTheWeb = <N extends Notification & { readonly recordedAt: Instant }>(
  notifications: readonly N[],
): readonly N[] =>
  notifications.filter(
    ({ channels, at, recordedAt }) => (channels.email || channels.push) && elapsed(at, recordedAt) <= history,
  )
