import { sql } from 'kysely'
import type { Chat } from '@guichet/domain'
import { priorities } from '@guichet/domain'
import type { Projection } from '../runner/projection.ts'
import type { MovedStream } from '../streams/stream-folding.ts'
import { movedBy } from '../streams/stream-folding.ts'
import { tablesOf, writtenTable } from '../written-table.ts'
import type { ChatFacts, ChatFolding } from './chat-facts.ts'
import { chatFields, chatOpening } from './chat-row.ts'

/** The list of chats, with the queue: a row per chat. */
export function chatsProjection(chats: ChatFolding): Projection {
  return {
    name: 'chats',
    version: 7,
    pace: 'prompt',
    ...tablesOf(chatTable),
    project: async (events, context) => {
      const moved = movedBy(await chats.steps(events, context))
      await chatTable.replace(context.tx, moved.flatMap(rowOf), { updates: unchanging })
    },
  }
}

/** What never changes is written once. */
const unchanging = {
  channel: sql`chat.channel`,
  started_at: sql`chat.started_at`,
  opening: sql`chat.opening`,
}

function rowOf({ id, version, before, after: { state, marks } }: MovedStream<ChatFacts>): readonly object[] {
  if (state.status === 'absent' || !marks) return []
  const isNew = before.state.status === 'absent'
  const { assignee, participants, transfer, awaitedReply } = state
  return [
    {
      id,
      customer_id: state.customer.id,
      channel: state.channel,
      plan: state.plan,
      started_at: state.startedAt,
      opening: isNew ? chatOpening(state, marks) : {},
      version,
      status: state.status,
      urgency: priorities.indexOf(state.priority),
      category: state.category,
      agent_id: assignee?.id,
      involved: [...(assignee ? [assignee.id] : []), ...participants.map(({ agent }) => agent.id)],
      offered_to: state.offer?.agent.id,
      team: transfer?.to.team,
      ticket_id: state.conversion?.ticketId,
      awaited_from: awaitedReply.from,
      awaited_since: awaitedReply.since,
      overdue: state.status !== 'closed' && awaitedReply.from === 'desk' && awaitedReply.overdue,
      queued_since: state.queuedSince,
      disconnected: state.disconnectedAt !== undefined && !isOwedAnswer(state),
      shown: chatFields(state, marks),
    },
  ]
}

/** Whether an answer of an agent is awaited who had taken the chat: then it is offered although its customer is not connected. */
const isOwedAnswer = ({ acceptedAt, awaitedReply }: Chat): boolean =>
  acceptedAt !== undefined && awaitedReply.from === 'desk'

/**
 * The columns that lists filter and sort by, and those that they show: `opening` never changes, `shown` does. What
 * changes with a message is in no index, so that Postgres can update the row in its page. A waiting chat that is
 * `disconnected` is offered to nobody until its customer is back.
 */
const chatTable = writtenTable(
  'chat',
  `id text collate "C" primary key,
  customer_id text not null,
  channel text not null,
  plan text,
  started_at timestamptz not null,
  opening jsonb not null,
  version integer not null,
  status text not null,
  urgency smallint not null,
  category text collate "C",
  agent_id text,
  involved text[] not null,
  offered_to text,
  team text,
  ticket_id text,
  awaited_from text not null,
  awaited_since timestamptz not null,
  overdue boolean not null,
  queued_since timestamptz not null,
  disconnected boolean not null,
  shown jsonb not null`,
  {
    fillfactor: 70,
    indexes: [
      'index on chat (started_at, id)',
      'index on chat (status, started_at, id)',
      'index on chat (customer_id, started_at)',
      'index on chat (agent_id, started_at) where agent_id is not null',
      'index on chat (category, started_at) where category is not null',
      'index on chat (ticket_id) where ticket_id is not null',
      'index on chat (offered_to) where offered_to is not null',
      "index on chat (urgency desc, queued_since, id) where status = 'waiting'",
      'index on chat using gin (involved) with (fastupdate = off)',
    ],
  },
)
