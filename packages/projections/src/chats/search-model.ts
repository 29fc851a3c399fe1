import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { ChatEvent } from '@guichet/domain'
import { isShownInChat } from '@guichet/domain'
import type { RunnerLog } from '../runner/failure.ts'
import type { Projection } from '../runner/projection.ts'
import { inParts, json, vector } from '../search/model.ts'
import type { SearchTerms } from '../search/texts.ts'
import { customerWords, learn, textTerms } from '../search/texts.ts'
import { createMemory, createWordIndexes, createWordTable, writeVocabulary } from '../search/vocabulary.ts'
import { configurationFor, indexed } from '../search/words.ts'
import { partKey } from '../streams/part-key.ts'
import type { Step } from '../streams/stream-folding.ts'
import type { ChatFacts, ChatFolding } from './chat-facts.ts'

/**
 * The words of chats, for lists with a search: what people wrote, as it reads now, and the customer. What is redacted is
 * found no more; what the desk sends automatically is left out, since it is the same in every chat.
 * @param log called when parts of words cannot be indexed.
 */
export function chatSearchProjection(chats: ChatFolding, log: RunnerLog = () => undefined): Projection {
  const memory = createMemory()
  return {
    name: 'chat_search',
    version: 6,
    tables: ['chat_text', 'chat_word'],
    createTables,
    createIndexes: async (tx) => {
      await createWordIndexes(tx, 'chat_word', 'chat_search', log)
      await sql`create index on chat_text using gin (words) with (gin_pending_list_limit = 256)`.execute(tx)
      await sql`analyze chat_text`.execute(tx)
    },
    project: async (events, context) => {
      const { written, removed, vocabulary } = textsOf(await chats.steps(events, context))
      await writeTexts(context.tx, written)
      await removeTexts(context.tx, removed)
      await writeVocabulary(context.tx, 'chat_word', vocabulary, memory(context))
    },
  }
}

/** The words of a message, or, without its id, of the customer. */
type ChatText = SearchTerms & {
  readonly chat_id: string
  readonly message_id: string
  readonly version: number
  readonly public: boolean
  /** The words, as written, that the customer's own searches may match. */
  readonly heading: string
  readonly body: string
  readonly configuration: string
}

type Key = Pick<ChatText, 'chat_id' | 'message_id'>

type Changes = {
  readonly written: readonly ChatText[]
  readonly removed: readonly Key[]
  readonly vocabulary: ReadonlyMap<string, boolean>
}

/** The texts that a batch leaves, and those that it redacts. */
function textsOf(steps: readonly Step<ChatEvent, ChatFacts>[]): Changes {
  const written = new Map<string, ChatText>()
  const removed = new Map<string, Key>()
  const vocabulary = new Map<string, boolean>()
  for (const { id, envelope, after } of steps) {
    const { event, version } = envelope
    const brought = after.state.status === 'absent' ? undefined : broughtBy(id, event)
    if (!brought || after.state.status === 'absent') continue
    const { messageId: message_id, words, exact } = brought
    const name = { chat_id: id, message_id }
    const key = partKey(id, message_id)
    if (event.type === 'ChatMessageRedacted') {
      written.delete(key)
      removed.set(key, name)
      continue
    }
    const isHeading = event.type === 'ChatStarted' || event.type === 'ChatCustomerIdentified'
    const learned = learn(vocabulary, words, isHeading).join(' ')
    const isShown = isShownInChat(event)
    written.set(key, {
      ...name,
      version,
      public: isShown || isHeading,
      heading: isHeading ? learned : '',
      body: isShown && !isHeading ? learned : '',
      configuration: configurationFor(after.state.language),
      words: indexed(isHeading ? [] : words),
      exact,
    })
  }
  return { written: [...written.values()], removed: [...removed.values()], vocabulary }
}

function broughtBy(id: string, event: ChatEvent): (SearchTerms & { readonly messageId: string }) | undefined {
  switch (event.type) {
    case 'ChatStarted':
    case 'ChatCustomerIdentified': {
      const { customer = [], named = customer } = customerWords(id, event.customer)
      return { messageId: '', words: named, exact: customer }
    }
    case 'ChatMessageSent': {
      const isAutomatic = event.kind === 'automatic' || event.kind === 'system'
      return isAutomatic ? undefined : { messageId: event.messageId, ...textTerms(event.body) }
    }
    case 'ChatMessageEdited':
      return { messageId: event.messageId, ...textTerms(event.body) }
    case 'ChatMessageRedacted':
      return { messageId: event.messageId, words: [], exact: [] }
    default:
      return undefined
  }
}

async function writeTexts(tx: Transaction<unknown>, written: readonly ChatText[]): Promise<void> {
  for (const part of inParts(written)) {
    await sql`
      insert into chat_text (chat_id, message_id, version, public, words, heading, body)
      select chat_id, message_id, version, public, ${vector(sql`configuration`)}, heading, body
      from json_to_recordset(${json(part)}::json) as r (
        chat_id text, message_id text, version integer, public boolean, configuration text, words text, exact text[],
        heading text, body text
      )
      on conflict (chat_id, message_id) do update set
        version = excluded.version, words = excluded.words, heading = excluded.heading,
        body = excluded.body`.execute(tx)
  }
}

async function removeTexts(tx: Transaction<unknown>, removed: readonly Key[]): Promise<void> {
  if (removed.length === 0) return
  await sql`
    delete from chat_text t
    using unnest(${removed.map((each) => each.chat_id)}::text[], ${removed.map((each) => each.message_id)}::text[])
      as r (chat_id, message_id)
    where t.chat_id = r.chat_id and t.message_id = r.message_id`.execute(tx)
}

/** `heading` and `body` hold the words of a public text as written, for searches that may match only its customer's words. */
async function createTables(tx: Transaction<unknown>): Promise<void> {
  await sql`
    create table chat_text (
      chat_id text collate "C" not null,
      message_id text collate "C" not null,
      version integer not null,
      public boolean not null,
      words tsvector not null,
      heading text not null,
      body text not null,
      primary key (chat_id, message_id)
    )`.execute(tx)
  await createWordTable(tx, 'chat_word')
}
