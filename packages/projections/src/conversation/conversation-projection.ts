import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { Projection } from '../runner/projection.ts'
import { ofTickets } from '../streams/ticket-events.ts'
import { writtenTable } from '../writing/written-table.ts'
import { attachmentOf, messageOf } from './messages.ts'
import { forgetsWithdrawn, removeRows } from '../streams/withdrawals.ts'

/** What was said on tickets, and what was attached. Rows are only ever added, but for those of tickets that are taken back. */
export function conversationProjection(): Projection {
  return forgetsWithdrawn(
    {
      name: 'conversation',
      version: 1,
      pace: 'prompt',
      tables: ['message', 'attachment'],
      createTables,
      createIndexes,
      project: async (events, { tx }) => {
        const own = ofTickets(events)
        const messages = own.map(messageOf).filter((message) => message !== undefined)
        const attachments = own.map(attachmentOf).filter((attachment) => attachment !== undefined)
        await Promise.all([messageTable.insert(tx, messages), attachmentTable.insert(tx, attachments)])
      },
    },
    (ids, { tx }) => removeRows(tx, ids, { message: 'ticket_id', attachment: 'ticket_id' }),
  )
}

async function createTables(tx: Transaction<unknown>): Promise<void> {
  await sql`
    create table message (
      ticket_id text collate "C" not null,
      version integer not null,
      id text not null,
      kind text not null,
      author_kind text not null,
      author_id text not null,
      author_name text,
      body text not null,
      at timestamptz not null
    )`.execute(tx)
  await sql`
    create table attachment (
      ticket_id text collate "C" not null,
      version integer not null,
      message_id text,
      id text not null,
      name text not null,
      media_type text not null,
      bytes bigint not null,
      visibility text not null
    )`.execute(tx)
}

async function createIndexes(tx: Transaction<unknown>): Promise<void> {
  await sql`create unique index on message (ticket_id, version)`.execute(tx)
  await sql`create unique index on attachment (ticket_id, version)`.execute(tx)
  await sql`analyze message, attachment`.execute(tx)
}

const messageTable = writtenTable(
  'message',
  'ticket_id text, version integer',
  'id text, kind text, author_kind text, author_id text, author_name text, body text, at timestamptz',
)

const attachmentTable = writtenTable(
  'attachment',
  'ticket_id text, version integer',
  'message_id text, id text, name text, media_type text, bytes bigint, visibility text',
)
