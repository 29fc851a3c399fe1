import {
  accept,
  defineAggregate,
  defineCommand,
  defineEvent,
  deny,
  fireSchema,
  id,
  instantSchema,
  parseStream,
  refusal,
  senders,
  storedInstantSchema,
  throwIfTransient,
} from '@guichet/domain'
import { reaction } from '@guichet/workflows'
import { sql } from 'kysely'
import { z } from 'zod'

const commands = {
  schedule: defineCommand({
    description: 'Promises the customer of a ticket a call.',
    schema: z.strictObject({ type: z.literal('schedule'), ticketId: id, dueAt: instantSchema }),
    sentBy: senders.desk,
  }),
  complete: defineCommand({
    description: 'Records that the call was made.',
    schema: z.strictObject({ type: z.literal('complete') }),
    sentBy: senders.desk,
  }),
  fire: defineCommand({ description: 'Fires a deadline.', schema: fireSchema, sentBy: senders.system }),
}

const events = {
  CallbackScheduled: defineEvent({
    schema: z.object({ ticketId: z.string(), dueAt: storedInstantSchema }),
    personal: {},
  }),
  CallbackCompleted: defineEvent({ schema: z.object({}), personal: {} }),
  /** Nobody had called by then. The call is still owed. */
  CallbackMissed: defineEvent({ schema: z.object({ ticketId: z.string() }), personal: {} }),
}

const statusAfter = { CallbackScheduled: 'scheduled', CallbackCompleted: 'completed', CallbackMissed: 'missed' }

/** Callbacks: the streams `callback-<id>`. */
export const callbackAggregate = defineAggregate({
  category: 'callback',
  id,
  commands,
  events,
  initial: { status: 'absent' },
  begunBy: ['schedule'],
  notFound: 'callback.not_found',
  evolve: (state, { type, at, by: _, ...data }) => ({ ...state, ...data, status: statusAfter[type], updatedAt: at }),
  rules: {
    schedule: ({ at, by, ticketId, dueAt }, { status }) =>
      status === 'absent'
        ? accept([{ type: 'CallbackScheduled', at, by, ticketId, dueAt }])
        : deny(refusal('callback.already_scheduled', { message: 'the call is scheduled already' })),
    complete: ({ at, by }, { status }) => accept(status === 'completed' ? [] : [{ type: 'CallbackCompleted', at, by }]),
    fire: ({ at, by }, { ticketId }) => accept([{ type: 'CallbackMissed', at, by, ticketId }]),
  },
  deadlines: ({ status, dueAt }) => (status === 'scheduled' ? [{ kind: 'callback_due', dueAt, cycle: 1 }] : []),
  labels: ({ status }) => ({ status, late: status === 'missed', outstanding: status === 'missed' }),
})

/** Which calls are owed: `select * from guichet_read.callback where status <> 'completed' order by due_at`. */
const callbacks = {
  name: 'callbacks',
  version: 1,
  tables: ['callback'],
  createTables: async (tx) => {
    await sql`create table callback (id text primary key, ticket_id text, due_at timestamptz, status text)`.execute(tx)
  },
  createIndexes: async (tx) => {
    await sql`create index on callback (due_at)`.execute(tx)
  },
  project: async (recorded, { tx }) => {
    const rows = new Map()
    for (const { event, stream } of recorded) {
      if (!Object.hasOwn(events, event.type)) continue
      const { id } = parseStream(stream)
      const { ticketId = null, dueAt = null } = event
      const before = rows.get(id)
      rows.set(id, {
        id,
        ticket_id: ticketId ?? before?.ticket_id ?? null,
        due_at: dueAt ?? before?.due_at ?? null,
        status: statusAfter[event.type],
      })
    }
    if (rows.size === 0) return
    await sql`
      insert into callback select id, ticket_id, due_at, status
      from json_to_recordset(${JSON.stringify([...rows.values()])}::json)
        as r (id text, ticket_id text, due_at timestamptz, status text)
      on conflict (id) do update set status = excluded.status,
        ticket_id = coalesce(excluded.ticket_id, callback.ticket_id),
        due_at = coalesce(excluded.due_at, callback.due_at)`.execute(tx)
  },
}

/** A missed call makes its ticket urgent. The id of the command follows from the event: a repeat changes nothing. */
const urgentWhenMissed = reaction({
  name: 'urgent_when_missed',
  on: ['CallbackMissed'],
  react: async ({ event, id: causationId }, desk) => {
    const command = { type: 'changePriority', priority: 'urgent', reason: 'a call was missed' }
    const sender = { by: { kind: 'system', id: 'callbacks' }, commandId: `urgent/${causationId}`, causationId }
    throwIfTransient(await desk.execute('ticket', event.ticketId, command, sender))
  },
})

export default {
  aggregates: { callback: callbackAggregate },
  readModels: [callbacks],
  reactions: [urgentWhenMissed],
}
