import { createHash } from 'node:crypto'
import type { Pool, PoolClient, QueryConfig, QueryResult, QueryResultRow } from 'pg'
import { isVisitorId } from '@guichet/domain'
import { inTransaction } from '@guichet/eventstore'
import { retryAfterLockFailure } from '../lock-failure.ts'
import type { LanguagePair } from './libretranslate.ts'
import type {
  ServiceVersion,
  TranslatedMessage,
  TranslationFault,
  TranslationQuality,
  TranslationRating,
} from './translation-port.ts'

/** For how many days a translation is stored: read again later, it is made again. */
const translationDays = 30

/** What a service has answered for a text. */
export type StoredAnswer = ServiceVersion & {
  readonly textHash: string
  /** The translation, in part in the original where there is a fault too; undefined where there is none. */
  readonly text: string | undefined
  readonly fault: TranslationFault | undefined
}

/** A text of a message. */
export type MessageText = TranslatedMessage & { readonly textHash: string }

/** The hash by which a text is found again. */
export const hashOfText = (text: string): string => createHash('sha256').update(text).digest('base64url')

/** Which erasure of a ticket, a chat or a customer was the last one, by its name; of most there was none. */
type Erasures = ReadonlyMap<string, string>

type MessageName = Pick<TranslatedMessage, 'stream' | 'messageId'>

/** The translations of a database that has `translationSchema` and `completionSchema`. All of it rejects with the errors of the database. */
export type TranslationStore = {
  /** What services have answered for texts, of a pair of languages. */
  find(textHashes: readonly string[], pair: LanguagePair): Promise<readonly StoredAnswer[]>
  /** The last erasures of the conversations and customers of messages. */
  erasures(messages: readonly TranslatedMessage[]): Promise<Erasures>
  /** Whether no conversation or customer of messages was erased since `erasures` was read; until the transaction ends, none is. */
  areCurrent(client: PoolClient, messages: readonly TranslatedMessage[], erasures: Erasures): Promise<boolean>
  /**
   * Records which messages have texts, and stores answers for them: not for a text that its message does not have any more, nor for
   * conversations and customers that were erased since `erasures` was read.
   */
  store(
    messages: readonly MessageText[],
    pair: LanguagePair,
    answers: readonly StoredAnswer[],
    erasures: Erasures,
  ): Promise<void>
  /** Stores a rating, and returns the pair of languages of the translation; undefined where there is no such one. */
  rate(rating: TranslationRating): Promise<LanguagePair | undefined>
  qualities(pair?: LanguagePair): Promise<readonly TranslationQuality[]>
  forget(message: MessageName, left: string): Promise<void>
  erase(customerIds: readonly string[]): Promise<number>
  eraseConversation(stream: string): Promise<void>
  /** Removes what is older than `translationDays`. */
  removeOld(): Promise<void>
}

/** Opens the translations of a database that has `translationSchema` and `completionSchema`. */
export function postgresTranslations(pool: Pool): TranslationStore {
  return {
    find: async (textHashes, { from, to }) => {
      const { rows } = await pool.query<SelectedAnswer>({
        name: 'guichet_workflows.find_translations',
        text: `select text_hash, service, version, text, fault from guichet_workflows.translation
          where text_hash = any($1::text[]) and from_language = $2 and to_language = $3`,
        values: [textHashes, from, to],
      })
      return rows.map(toAnswer)
    },

    erasures: (messages) => readErasures(pool, messages),

    areCurrent: async (client, messages, erasures) =>
      (await unerased(client, messages, erasures)).length === messages.length,

    store: async (messages, pair, answers, erasures) => {
      if (messages.length > 0)
        await retryAfterLockFailure(() =>
          inTransaction(pool, (client) => store(client, messages, pair, answers, erasures)),
        )
    },

    rate: ({ of: { stream, messageId }, to, service, rater, isRight, at }) =>
      inTransaction(pool, async (client) => {
        await client.query(whileNothingIsErased)
        const { rows } = await client.query<LanguagePair>({
          text: `insert into guichet_workflows.translation_rating
            (stream, message_id, to_language, service, rater, from_language, version, is_right, rated_at, is_counted)
          select m.stream, m.message_id, t.to_language, t.service, $5, t.from_language, t.version, $6, $7, $8
          from guichet_workflows.translated_message m join guichet_workflows.translation t using (text_hash)
          where m.stream = $1 and m.message_id = $2 and t.to_language = $3 and t.service = $4 and t.text is not null
          order by t.translated_at desc limit 1
          on conflict (stream, message_id, to_language, service, rater) do update set
            from_language = excluded.from_language, version = excluded.version, is_right = excluded.is_right,
            rated_at = excluded.rated_at
          returning from_language as "from", to_language as "to"`,
          values: [stream, messageId, to, service, rater, isRight, at, !isVisitorId(withoutPrefix(rater))],
        })
        return rows[0]
      }),

    qualities: async (pair) => {
      const { rows } = await pool.query<TranslationQuality>({
        text: `select from_language as "from", to_language as "to", service, version, count(*)::integer as rated,
            count(*) filter (where is_right)::integer as "right"
          from (
            select distinct on (from_language, to_language, service, version, rater, day, message)
              from_language, to_language, service, version, is_right
            from guichet_workflows.translation_rating r
            cross join lateral (
              select (r.rated_at at time zone 'UTC')::date as day,
                case when r.rater like 'customer %' then '' else r.stream || ' ' || r.message_id end as message
            ) k
            where is_counted and ($1::text is null or (from_language = $1 and to_language = $2))
            order by from_language, to_language, service, version, rater, day, message, rated_at desc
          ) r
          group by from_language, to_language, service, version
          order by from_language, to_language, service, version`,
        values: [pair?.from, pair?.to],
      })
      return rows
    },

    forget: (message, left) =>
      retryAfterLockFailure(() => inTransaction(pool, (client) => forget(client, message, hashOfText(left)))),

    erase: async (customerIds) => {
      if (customerIds.length === 0) return 0
      const raters = customerIds.map(customerName)
      const { rows } = await erasing<{ readonly erased: number }>(pool, raters, {
        text: `with messages as (
            delete from guichet_workflows.translated_message where customer_id = any($1::text[]) returning text_hash
          ), ratings as (
            delete from guichet_workflows.translation_rating where rater = any($2::text[])
          ), shares as (
            delete from guichet_workflows.completion_share where person = any($2::text[])
          ), translations as (
            delete from guichet_workflows.translation where text_hash in (select text_hash from messages) returning 1
          )
          select count(*)::integer as erased from translations`,
        values: [customerIds, raters],
      })
      return rows[0]?.erased ?? 0
    },

    eraseConversation: async (stream) => {
      await erasing(pool, [stream], {
        text: `with messages as (
            delete from guichet_workflows.translated_message where stream = $1 returning text_hash
          ), ratings as (
            delete from guichet_workflows.translation_rating where stream = $1
          )
          delete from guichet_workflows.translation where text_hash in (select text_hash from messages)`,
        values: [stream],
      })
    },

    removeOld: async () => {
      for (const [table, column] of dated)
        await pool.query(
          `delete from guichet_workflows.${table} where ${column} < now() - interval '${translationDays} days'`,
        )
    },
  }
}

/** The tables whose rows go by their age; ratings stay, since they have no text. */
const dated = [
  ['translation', 'translated_at'],
  ['translated_message', 'translated_at'],
  ['translation_removal', 'removed_at'],
  ['translation_erasure', 'erased_at'],
] as const

/** The name under which a customer is erased, rates, and takes of a budget. */
export const customerName = (id: string): string => `customer ${id}`

const withoutPrefix = (rater: string): string => rater.slice(rater.indexOf(' ') + 1)

/** Under which names a message is erased: no name of a stream has a space. */
const erasedWith = ({ stream, customerId }: TranslatedMessage): readonly string[] => [stream, customerName(customerId)]

const erasureLock = `hashtextextended('erasure of translations', 0)`

/** Whoever stores waits for an erasure under way, and sees it afterwards. */
const whileNothingIsErased = `select pg_advisory_xact_lock_shared(${erasureLock})`

async function readErasures(
  client: Pick<PoolClient, 'query'>,
  messages: readonly TranslatedMessage[],
): Promise<Erasures> {
  if (messages.length === 0) return new Map()
  const { rows } = await client.query<{ readonly name: string; readonly erasure: string }>(
    'select name, erasure from guichet_workflows.translation_erasure where name = any($1::text[])',
    [[...new Set(messages.flatMap(erasedWith))]],
  )
  return new Map(rows.map(({ name, erasure }) => [name, erasure]))
}

/** The messages whose conversations and customers were not erased since `erasures` was read; until the transaction ends, none is. */
async function unerased<M extends TranslatedMessage>(
  client: PoolClient,
  messages: readonly M[],
  erasures: Erasures,
): Promise<readonly M[]> {
  await client.query(whileNothingIsErased)
  const erasuresSince = await readErasures(client, messages)
  return messages.filter((message) =>
    erasedWith(message).every((name) => erasures.get(name) === erasuresSince.get(name)),
  )
}

/** Removes what has some names, and marks it as erased: what is under way is not stored. */
const erasing = <Row extends QueryResultRow>(
  pool: Pool,
  names: readonly string[],
  statement: QueryConfig,
): Promise<QueryResult<Row>> =>
  retryAfterLockFailure(() =>
    inTransaction(pool, async (client) => {
      await client.query(`select pg_advisory_xact_lock(${erasureLock})`)
      await client.query(
        `insert into guichet_workflows.translation_erasure (name) select distinct unnest($1::text[])
         on conflict (name) do update set erasure = excluded.erasure, erased_at = excluded.erased_at`,
        [names],
      )
      return client.query<Row>(statement)
    }),
  )

/** Whoever writes the translations of a message waits for a removal of its text, and sees it afterwards. */
async function lock(client: PoolClient, messages: readonly MessageName[]): Promise<void> {
  const keys = messages.map(({ stream, messageId }) => `translation ${stream} ${messageId}`)
  await client.query(
    `select pg_advisory_xact_lock(k.key) from (
       select distinct hashtextextended(key, 0) as key from unnest($1::text[]) as k (key) order by 1
     ) k`,
    [keys],
  )
}

async function store(
  client: PoolClient,
  asked: readonly MessageText[],
  { from, to }: LanguagePair,
  answers: readonly StoredAnswer[],
  erasures: Erasures,
): Promise<void> {
  const messages = await unerased(client, asked, erasures)
  if (messages.length === 0) return
  await lock(client, messages)
  const { rows } = await client.query<{ readonly text_hash: string }>(
    `insert into guichet_workflows.translated_message as m (stream, message_id, text_hash, customer_id)
     select distinct on (r.stream, r.message_id, r.text_hash) r.stream, r.message_id, r.text_hash, r.customer_id
     from json_to_recordset($1::json) as r (stream text, message_id text, text_hash text, customer_id text)
     where not exists (
       select from guichet_workflows.translation_removal g
       where g.stream = r.stream and g.message_id = r.message_id and g.left_hash <> r.text_hash
     )
     on conflict (stream, message_id, text_hash) do update set translated_at = excluded.translated_at
     returning text_hash`,
    [JSON.stringify(messages.map(toMessageRow))],
  )
  const present = new Set(rows.map(({ text_hash }) => text_hash))
  const stored = answers.filter(({ textHash }) => present.has(textHash))
  if (stored.length === 0) return
  await client.query(
    `insert into guichet_workflows.translation (text_hash, from_language, to_language, service, version, text, fault)
     select r.text_hash, $2, $3, r.service, r.version, r.text, r.fault
     from json_to_recordset($1::json) as r (text_hash text, service text, version text, text text, fault text)
     order by r.text_hash collate "C", r.service collate "C"
     on conflict (text_hash, from_language, to_language, service, version) do update
       set text = excluded.text, fault = excluded.fault, translated_at = excluded.translated_at`,
    [JSON.stringify(stored.map(({ textHash, ...answer }) => ({ text_hash: textHash, ...answer }))), from, to],
  )
}

const toMessageRow = ({ stream, messageId, textHash, customerId }: MessageText) => ({
  stream,
  message_id: messageId,
  text_hash: textHash,
  customer_id: customerId,
})

async function forget(client: PoolClient, message: MessageName, leftHash: string): Promise<void> {
  await lock(client, [message])
  const values = [message.stream, message.messageId, leftHash]
  await client.query(
    `insert into guichet_workflows.translation_removal (stream, message_id, left_hash) values ($1, $2, $3)
     on conflict (stream, message_id) do update set left_hash = excluded.left_hash, removed_at = excluded.removed_at`,
    values,
  )
  await client.query(
    `with removed as (
       delete from guichet_workflows.translated_message
       where stream = $1 and message_id = $2 and text_hash <> $3 returning text_hash
     )
     delete from guichet_workflows.translation where text_hash in (select text_hash from removed)`,
    values,
  )
}

type SelectedAnswer = ServiceVersion & {
  readonly text_hash: string
  readonly text: string | null
  readonly fault: TranslationFault | null
}

const toAnswer = ({ text_hash, service, version, text, fault }: SelectedAnswer): StoredAnswer => ({
  textHash: text_hash,
  service,
  version,
  text: text ?? undefined,
  fault: fault ?? undefined,
})
