import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { ChatEvent, ChatMessage, ChatMessageChange } from '@guichet/domain'
import { changedMessage, isShownInChat, noContent } from '@guichet/domain'
import type { Projection } from '../runner/projection.ts'
import { partKey } from '../streams/part-key.ts'
import type { Step } from '../streams/stream-folding.ts'
import { tablesOf, writtenTable } from '../written-table.ts'
import type { ChatFacts, ChatFolding } from './chat-facts.ts'

/** The messages of chats: a row per message, with its present text. */
export function chatMessagesProjection(chats: ChatFolding): Projection {
  return {
    name: 'chat_messages',
    version: 3,
    pace: 'prompt',
    ...tablesOf(messageTable),
    createTables,
    project: async (events, context) => {
      const { inserted, changed } = messagesOf(await chats.steps(events, context))
      await messageTable.insert(context.tx, inserted.map(rowOf))
      await writeChanges(context.tx, changed)
    },
  }
}

/** A message in its chat, or those fields of it that were changed since an earlier batch inserted it. */
type StoredFields = {
  readonly chatId: string
  readonly version?: number
  /** Its number among what the customer is shown; a note has none. */
  readonly number?: number | undefined
  readonly message: Partial<ChatMessage>
}

type StoredMessage = StoredFields & { readonly message: ChatMessage }

type StoredChange = StoredFields & { readonly message: ChatMessageChange & Pick<ChatMessage, 'messageId'> }

/** The messages that a batch adds, in the form that it leaves them in, and its changes to others. */
function messagesOf(steps: readonly Step<ChatEvent, ChatFacts>[]): {
  readonly inserted: readonly StoredMessage[]
  readonly changed: readonly StoredChange[]
} {
  const inserted = new Map<string, StoredMessage>()
  const changed = new Map<string, StoredChange>()
  for (const { id: chatId, envelope, after } of steps) {
    const { event, version } = envelope
    if (after.state.status === 'absent' || !('messageId' in event)) continue
    const { messageId } = event
    const key = partKey(chatId, messageId)
    if (event.type === 'ChatMessageSent') {
      const number = isShownInChat(event) ? after.state.lastNumber : undefined
      inserted.set(key, { chatId, version, number, message: event })
      continue
    }
    const row = inserted.get(key)
    if (row) inserted.set(key, { ...row, message: changedMessage(row.message, event) })
    else changed.set(key, { chatId, message: changedMessage(changed.get(key)?.message ?? { messageId }, event) })
  }
  return { inserted: [...inserted.values()], changed: [...changed.values()] }
}

/** The names of columns that differ from those of their fields. */
type ColumnNames = {
  messageId: 'id'
  by: 'author'
  inReplyTo: 'in_reply_to'
  editedAt: 'edited_at'
  redactedAt: 'redacted_at'
}

/** The row of a message: a field without a column does not compile. What it was made of is in `sent_article`. */
type Row = Readonly<Record<'chat_id' | 'version' | 'number', unknown>> & {
  readonly [
    F in Exclude<keyof ChatMessage, 'type' | 'article'> as F extends keyof ColumnNames ? ColumnNames[F] : F
  ]-?: unknown
}

const rowOf = ({ chatId, version, number, message }: StoredFields): Row => ({
  chat_id: chatId,
  version,
  number,
  id: message.messageId,
  kind: message.kind,
  author: message.by,
  body: message.body,
  attachments: message.attachments,
  actions: message.actions,
  chosen: message.chosen,
  card: message.card,
  metadata: message.metadata,
  original: message.original,
  in_reply_to: message.inReplyTo,
  edited_at: message.editedAt,
  redacted_at: message.redactedAt,
  at: message.at,
})

/**
 * A redaction leaves of the content what it says itself; any other change leaves what it says nothing of, but for the original of a
 * text that was changed.
 */
const updatedContent = sql.join(
  Object.keys(noContent).map((column) => {
    const [present, changed] = [sql.ref(`m.${column}`), sql.ref(`r.${column}`)]
    const isLeft =
      column === 'original' ? sql`coalesce(r.redacted_at, r.edited_at) is null` : sql`r.redacted_at is null`
    return sql`${sql.id(column)} = case when ${isLeft} then coalesce(${changed}, ${present}) else ${changed} end`
  }),
)

async function writeChanges(tx: Transaction<unknown>, changed: readonly StoredChange[]): Promise<void> {
  if (changed.length === 0) return
  await sql`
    update chat_message m set
      ${updatedContent},
      edited_at = coalesce(r.edited_at, m.edited_at), redacted_at = coalesce(r.redacted_at, m.redacted_at)
    from json_populate_recordset(null::chat_message, ${JSON.stringify(changed.map(rowOf))}::json) as r
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
  original jsonb,
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
