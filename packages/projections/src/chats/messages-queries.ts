import { sql } from 'kysely'
import type { Actor, ChatEventData, ChatMessageKind, Instant } from '@guichet/domain'
import type { Page, Reader, Slice } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import { byNumber, readSlice, toInstant } from '../reading/slice.ts'
import { partKey } from '../streams/part-key.ts'
import type { Visibility } from '../visibility.ts'

type SentMessage = ChatEventData<'ChatMessageSent'>

/** A message of a chat, with its present text. */
export type ChatMessageRow = {
  readonly chatId: string
  readonly id: string
  /** The version of its event in the stream of the chat. For the desk. */
  readonly version: number
  /**
   * Its number among all that the customer is shown of the chat, read marks and changes of state included; a note has
   * none. Marks of what was read refer to it.
   */
  readonly number: number | undefined
  readonly kind: ChatMessageKind
  readonly author: Actor
  /** The last text; empty once it is redacted. */
  readonly body: string
  readonly attachments: NonNullable<SentMessage['attachments']>
  readonly actions: NonNullable<SentMessage['actions']>
  /** The id of the action that the customer has chosen. */
  readonly chosen: string | undefined
  readonly card: SentMessage['card']
  readonly metadata: SentMessage['metadata']
  /** From what its text was translated; undefined once that was changed. */
  readonly original: SentMessage['original']
  /** The id of the message that it answers. */
  readonly inReplyTo: string | undefined
  readonly editedAt: Instant | undefined
  /** Since when its content is gone: text, files, actions, card and metadata. */
  readonly redactedAt: Instant | undefined
  readonly at: Instant
}

/** The name of a message across chats. */
export type ChatMessageKey = { readonly chatId: string; readonly messageId: string }

/** The queries on messages of chats. */
export type ChatMessagesQueries = {
  /**
   * A page of the messages of a chat, in order. With the visibility `public` it has no notes, and a keyset's value is
   * the message's number; otherwise it is the message's version. A keyset's id is that of the chat.
   * @throws RangeError when a keyset is of another chat.
   */
  ofChat(chatId: string, page: Page, visibility: Visibility): Promise<Slice<ChatMessageRow>>
  /** Messages in the order of their keys; undefined where there is none, or where it is a note and the visibility `public`. */
  byKeys(keys: readonly ChatMessageKey[], visibility: Visibility): Promise<readonly (ChatMessageRow | undefined)[]>
  /** Whether a message of a chat that its customer is shown has a file. */
  showsFile(chatId: string, fileId: string): Promise<boolean>
}

type SelectedRow = Omit<ChatMessageRow, 'chatId' | 'number' | 'inReplyTo' | 'editedAt' | 'redactedAt' | 'at'> & {
  readonly chat_id: string
  readonly number: number | null
  readonly attachments: ChatMessageRow['attachments'] | null
  readonly actions: ChatMessageRow['actions'] | null
  readonly chosen: string | null
  readonly card: ChatMessageRow['card'] | null
  readonly metadata: ChatMessageRow['metadata'] | null
  readonly original: ChatMessageRow['original'] | null
  readonly in_reply_to: string | null
  readonly edited_at: Date | null
  readonly redacted_at: Date | null
  readonly at: Date
}

/** Queries the live generation of the messages of chats. */
export function chatMessagesQueries(reader: Reader): ChatMessagesQueries {
  const from = sql`${sql.id(readSchema)}.chat_message m`
  const columns = sql`m.*`
  return {
    ofChat: async (chatId, page, visibility) => {
      const isPublic = visibility === 'public'
      const condition = isPublic ? sql`and m.number is not null` : sql``
      const expression = isPublic ? sql`m.number` : sql`m.version`
      const listed = {
        columns,
        from,
        where: sql`m.chat_id = ${chatId} ${condition}`,
        ordering: byNumber({ expression, id: sql`m.chat_id`, direction: 'asc' }),
      }
      for (const bound of [page.after, page.before])
        if (bound && bound.id !== chatId) throw new RangeError('not a place in this chat')
      return readSlice(reader, listed, page, toRow)
    },
    byKeys: async (keys, visibility) => {
      const rows = await reader.rows(sql<SelectedRow>`
        select ${columns}
        from unnest(${keys.map(({ chatId }) => chatId)}::text[], ${keys.map(({ messageId }) => messageId)}::text[])
          as k (chat_id, id)
        join ${from} on m.chat_id = k.chat_id and m.id = k.id
        ${visibility === 'public' ? sql`where m.number is not null` : sql``}`)
      const rowsByKey = new Map(rows.map((row) => [partKey(row.chat_id, row.id), toRow(row)]))
      return keys.map(({ chatId, messageId }) => rowsByKey.get(partKey(chatId, messageId)))
    },
    showsFile: async (chatId, fileId) => {
      const rows = await reader.rows(sql<{ readonly present: boolean }>`
        select true as present from ${from}
        where m.chat_id = ${chatId} and m.number is not null and m.redacted_at is null
          and m.attachments @> ${JSON.stringify([{ fileId }])}::jsonb limit 1`)
      return rows.length > 0
    },
  }
}

const toRow = (selected: SelectedRow): ChatMessageRow => ({
  chatId: selected.chat_id,
  id: selected.id,
  version: selected.version,
  number: selected.number ?? undefined,
  kind: selected.kind,
  author: selected.author,
  body: selected.body,
  attachments: selected.attachments ?? [],
  actions: selected.actions ?? [],
  chosen: selected.chosen ?? undefined,
  card: selected.card ?? undefined,
  metadata: selected.metadata ?? undefined,
  original: selected.original ?? undefined,
  inReplyTo: selected.in_reply_to ?? undefined,
  editedAt: selected.edited_at ? toInstant(selected.edited_at) : undefined,
  redactedAt: selected.redacted_at ? toInstant(selected.redacted_at) : undefined,
  at: toInstant(selected.at),
})
