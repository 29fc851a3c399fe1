import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { ChatEvent, Instant } from '@guichet/domain'
import { isShownInChat } from '@guichet/domain'
import type { Projection } from '../runner/projection.ts'
import { partKey } from '../streams/part-key.ts'
import type { Step } from '../streams/stream-folding.ts'
import { tablesOf, writtenTable } from '../written-table.ts'
import type { ChatFacts, ChatFolding } from './chat-facts.ts'

/** The messages of chats: a row per message, with its present text. */
export function chatMessagesProjection(chats: ChatFolding): Projection {
  return {
    name: 'chat_messages',
    version: 2,
    pace: 'prompt',
    ...tablesOf(messageTable),
    createTables,
    project: async (events, context) => {
      const { inserted, changed } = rowsOf(await chats.steps(events, context))
      await messageTable.insert(context.tx, inserted)
      await writeChanges(context.tx, changed)
    },
  }
}

type StoredMessage = {
  readonly chat_id: string
  readonly version: number
  /** Its number among what the customer is shown; a note has none. */
  readonly number: number | undefined
  readonly id: string
} & Contents

type Contents = Readonly<Record<string, unknown>>

/** A change of a message that an earlier batch has inserted. */
type Change = { readonly chat_id: string; readonly id: string; readonly set: Contents }

/** The messages that a batch adds, in the form that it leaves them in, and its changes to others. */
function rowsOf(steps: readonly Step<ChatEvent, ChatFacts>[]): {
  readonly inserted: readonly StoredMessage[]
  readonly changed: readonly Change[]
} {
  const inserted = new Map<string, StoredMessage>()
  const changed = new Map<string, Change>()
  for (const { id: chat_id, envelope, after } of steps) {
    const { event, version } = envelope
    if (after.state.status === 'absent') continue
    if (event.type === 'ChatMessageSent') {
      const { messageId: id, kind, by: author, body, attachments, actions, card, metadata, inReplyTo, at } = event
      const number = isShownInChat(event) ? after.state.lastNumber : undefined
      const content = { kind, author, body, attachments, actions, card, metadata, in_reply_to: inReplyTo, at }
      inserted.set(partKey(chat_id, id), { chat_id, version, number, id, ...content })
      continue
    }
    const change = changeBy(event)
    if (!change) continue
    const key = partKey(chat_id, change.id)
    const row = inserted.get(key)
    if (row) {
      inserted.set(key, { ...row, ...change.set })
      continue
    }
    changed.set(key, { chat_id, id: change.id, set: { ...changed.get(key)?.set, ...change.set } })
  }
  return { inserted: [...inserted.values()], changed: [...changed.values()] }
}

/** How an event changes a message. A redaction leaves nothing of its content. */
function changeBy(event: ChatEvent): { readonly id: string; readonly set: Contents } | undefined {
  switch (event.type) {
    case 'ChatMessageEdited':
      return { id: event.messageId, set: { body: event.body, edited_at: event.at } }
    case 'ChatActionChosen':
      return { id: event.messageId, set: { chosen: event.actionId } }
    case 'ChatMessageRedacted':
      return { id: event.messageId, set: { ...emptied, redacted_at: event.at satisfies Instant } }
    default:
      return undefined
  }
}

const emptied = { body: '', attachments: null, actions: null, chosen: null, card: null, metadata: null }

async function writeChanges(tx: Transaction<unknown>, changed: readonly Change[]): Promise<void> {
  if (changed.length === 0) return
  const rows = changed.map(({ set, ...row }) => ({ ...row, ...set }))
  await sql`
    update chat_message m set
      body = coalesce(r.body, m.body), edited_at = coalesce(r.edited_at, m.edited_at),
      chosen = case when r.redacted_at is null then coalesce(r.chosen, m.chosen) end,
      redacted_at = coalesce(r.redacted_at, m.redacted_at),
      attachments = case when r.redacted_at is null then m.attachments end,
      actions = case when r.redacted_at is null then m.actions end,
      card = case when r.redacted_at is null then m.card end,
      metadata = case when r.redacted_at is null then m.metadata end
    from json_to_recordset(${JSON.stringify(rows)}::json) as r (
      chat_id text, id text, body text, edited_at timestamptz, chosen text, redacted_at timestamptz
    )
    where m.chat_id = r.chat_id and m.id = r.id`.execute(tx)
}

const messageTable = writtenTable(
  'chat_message',
  `chat_id text collate "C" not null,
  version integer not null,
  number integer,
  id text collate "C" not null,
  kind text not null,
  author jsonb not null,
  body text not null,
  attachments jsonb,
  actions jsonb,
  chosen text,
  card jsonb,
  metadata jsonb,
  in_reply_to text,
  edited_at timestamptz,
  redacted_at timestamptz,
  at timestamptz not null`,
  {
    indexes: [
      'unique index on chat_message (chat_id, version)',
      'unique index on chat_message (chat_id, number) where number is not null',
    ],
  },
)

async function createTables(tx: Transaction<unknown>): Promise<void> {
  await messageTable.create(tx)
  await sql`create unique index on chat_message (chat_id, id)`.execute(tx)
}
