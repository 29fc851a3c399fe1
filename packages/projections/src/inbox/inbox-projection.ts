import type { Notification, TicketEvent, TicketState } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import { apart } from '../configuration/apart.ts'
import type { TimelineKeeper } from '../configuration/timeline-keeper.ts'
import type { IncidentFolding } from '../incidents/incident-states.ts'
import type { Projection } from '../runner/projection.ts'
import type { StreamFolding } from '../streams/stream-folding.ts'
import type { NotificationSink } from './notification-sink.ts'
import { outsideTheWeb } from './notification-sink.ts'
import type { Placed } from './notifications.ts'
import { tell } from './notifications.ts'
import { loadRecipients, recipientRows, recipientTable } from './recipients.ts'
import { forgetsWithdrawn, removeRows } from '../streams/withdrawals.ts'

/**
 * Who is told of what, in which words and on which ways, by the preferences and the configuration that were known when it
 * happened: what is stated or applied later tells nothing anew. The sink hears of what is for e-mail
 * and push, within the projection's transaction, once: never while a rebuild replays.
 */
export function inboxProjection(
  tickets: StreamFolding<TicketEvent, TicketState>,
  incidents: IncidentFolding,
  terms: TimelineKeeper,
  sink: NotificationSink | undefined,
): Projection {
  return forgetsWithdrawn(
    {
      name: 'inbox',
      version: 11,
      tables: ['notification', 'recipient'],
      createTables: async (tx) => {
        await createTables(tx)
        await terms.createTables(tx)
      },
      createIndexes: async (tx) => {
        await sql`create unique index on notification (recipient_id, position, id)`.execute(tx)
        await sql`create index on notification (recipient_id, at, position) where web`.execute(tx)
        await sql`create index on notification (recipient_id, seq) where web`.execute(tx)
        await sql`create index on notification (at, position) where web and recipient_id is null`.execute(tx)
        await sql`create index on notification (seq) where web and recipient_id is null`.execute(tx)
        await sql`analyze notification`.execute(tx)
      },
      project: async (events, context) => {
        const { tx, replaying } = context
        const ofTickets = await tickets.steps(events, context)
        const ofIncidents = await incidents.steps(events, context)
        const recipients = await loadRecipients(tx, events, ofTickets, ofIncidents)
        const parts = []
        for (const part of apart(events))
          parts.push({ events: part, timeline: (await terms.follow(tx, part)).timeline })
        const { notifications, changed } = tell(parts, [...ofTickets, ...ofIncidents], recipients)
        const told = sink && !replaying ? outsideTheWeb(notifications) : []
        await Promise.all([
          recipientTable.replace(tx, recipientRows(changed)),
          writeNotifications(tx, notifications),
          ...(sink && told.length > 0 ? [sink(tx, told)] : []),
        ])
      },
    },
    (ids, { tx }) => removeRows(tx, ids, { notification: 'ticket_id' }),
  )
}

async function createTables(tx: Transaction<unknown>): Promise<void> {
  await sql`
    create table notification (
      seq bigint primary key,
      position text collate "C" not null,
      id text collate "C" not null,
      recipient_id text collate "C",
      team text,
      ticket_id text not null,
      incident_id text,
      kind text not null,
      level text not null,
      title text not null,
      message text not null,
      language text not null,
      web boolean not null,
      email boolean not null,
      push boolean not null,
      at timestamptz not null
    )`.execute(tx)
  await sql`
    create table recipient (id text collate "C" primary key, preference text not null, language text)`.execute(tx)
}

async function writeNotifications(
  tx: Transaction<unknown>,
  notifications: readonly Placed<Notification>[],
): Promise<void> {
  if (notifications.length === 0) return
  const rows = notifications.map(
    ({ recipientId, ticketId, incidentId, channels, address: _, recordedAt: __, ...rest }, index) => ({
      ...rest,
      ordinal: index + 1,
      ...channels,
      recipient_id: recipientId,
      ticket_id: ticketId,
      incident_id: incidentId,
    }),
  )
  await sql`
    insert into notification
      (seq, position, id, recipient_id, team, ticket_id, incident_id, kind, level, title, message, language, web, email, push, at)
    select (select coalesce(max(seq), 0) from notification) + ordinal, position, id, recipient_id, team, ticket_id, incident_id, kind, level, title, message, language, web, email, push, at
    from json_to_recordset(${JSON.stringify(rows)}::json) as r (
      ordinal integer, position text, id text, recipient_id text, team text, ticket_id text, incident_id text, kind text, level text, title text, message text, language text,
      web boolean, email boolean, push boolean, at timestamptz
    )`.execute(tx)
}
