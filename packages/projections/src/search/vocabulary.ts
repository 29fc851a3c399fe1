import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { RunnerLog } from '../runner/failure.ts'
import { isTransient, messageOf } from '../runner/failure.ts'
import type { ProjectionContext } from '../runner/projection.ts'
import type { Vocabulary } from './texts.ts'
import { isSpelled } from './words.ts'

/**
 * A table of words: each word once, to find words that contain a part, with its deletion variants, to find misspelled
 * words; a word that is not all letters has none.
 */
export type WordTable = 'ticket_word' | 'chat_word'

/** Writes new words, and words that are new in a heading, and marks those that had been written before as known. */
export async function writeVocabulary(
  tx: Transaction<unknown>,
  table: WordTable,
  vocabulary: Vocabulary,
  wordCache: WordCache,
): Promise<void> {
  const lacking = wordCache.lacking(vocabulary)
  if (lacking.size === 0) return
  const words = [...lacking.keys()]
  const { rows } = await sql<{ word: string; heading: boolean }>`
    with looked as materialized (
      select w.word, w.heading, w.spelled, k.heading as written
      from unnest(${words}::text[], ${[...lacking.values()]}::boolean[], ${words.map(isSpelled)}::boolean[])
        as w (word, heading, spelled)
      left join ${sql.table(table)} k on k.word = w.word
    ), added as (
      insert into ${sql.table(table)} (word, heading, remains)
      select word, heading, case when spelled then ${remainsOf('looked.word')} else '{}' end
      from looked where written is null or written < heading
      on conflict (word) do update set heading = true
    )
    select word, written as heading from looked where written is not null`.execute(tx)
  for (const { word, heading } of rows) wordCache.add(word, heading)
}

/** Creates a table of words. */
export async function createWordTable(tx: Transaction<unknown>, table: WordTable): Promise<void> {
  await sql`
    create table ${sql.table(table)} (
      word text collate "C" primary key,
      heading boolean not null,
      remains text[] not null
    )`.execute(tx)
}

/**
 * The pending lists are kept short: every search has to read them.
 * @param model the read model that an operator would have to rebuild for the trigrams.
 */
export async function createWordIndexes(
  tx: Transaction<unknown>,
  table: WordTable,
  model: string,
  log: RunnerLog,
): Promise<void> {
  await createTrigramIndex(tx, table, model, log)
  await sql`create index on ${sql.table(table)} using gin (remains) with (gin_pending_list_limit = 64)`.execute(tx)
  await sql`analyze ${sql.table(table)}`.execute(tx)
}

/** How much of a word's beginning is compared for misspellings. */
const beginning = 7

/**
 * The deletion variants of the beginning of a word: what is left without up to two of its letters, as an array. Two
 * words within two edits of each other share a variant, since an edit corresponds to a letter that one of them, or
 * each, has to lose.
 */
export const remainsOf = (word: string) => {
  const start = sql`left(${sql.ref(word)}, ${sql.lit(beginning)})`
  return sql`array(
    select distinct left(${start}, i - 1) || substr(${start}, i + 1, greatest(j - i - 1, 0)) || substr(${start}, j + 1)
    from generate_series(1, length(${start}) + 1) i, generate_series(i, length(${start}) + 1) j
  )`
}

/**
 * Indexes the parts of words by their trigrams, with the extension `pg_trgm`. It comes with Postgres and is trusted, so
 * that a user who may create a schema in the database may create it. If it is not available, the log says so, and words
 * are scanned one by one: the results of a search are the same.
 */
async function createTrigramIndex(
  tx: Transaction<unknown>,
  table: WordTable,
  model: string,
  log: RunnerLog,
): Promise<void> {
  const refused = await createExtension(tx)
  const schema = await schemaOfExtension(tx)
  if (schema !== undefined) {
    const operators = sql.id(schema, 'gin_trgm_ops')
    await sql`create index on ${sql.table(table)} using gin (word ${operators}) with (gin_pending_list_limit = 64)`.execute(
      tx,
    )
    return
  }
  log(
    'warn',
    `the extension pg_trgm cannot be had (${refused ?? 'it is not there'}): searches for parts of words are slower. ` +
      `Let an administrator run "create extension pg_trgm schema public", then rebuild the read model "${model}"`,
  )
}

/**
 * Creates the extension where every generation finds it; an existing one is not moved. @returns the reason of a
 * failure.
 */
async function createExtension(tx: Transaction<unknown>): Promise<string | undefined> {
  if ((await schemaOfExtension(tx)) !== undefined) return undefined
  await sql`savepoint trigrams`.execute(tx)
  try {
    await sql`create extension if not exists pg_trgm schema public`.execute(tx)
    await sql`release savepoint trigrams`.execute(tx)
    return undefined
  } catch (error) {
    if (isTransient(error)) throw error
    await sql`rollback to savepoint trigrams`.execute(tx)
    return messageOf(error)
  }
}

async function schemaOfExtension(tx: Transaction<unknown>): Promise<string | undefined> {
  const { rows } = await sql<{ schema: string }>`
    select n.nspname as schema from pg_extension e join pg_namespace n on n.oid = e.extnamespace
    where e.extname = 'pg_trgm'`.execute(tx)
  return rows[0]?.schema
}

/** Words that are committed, and whether in a heading: they need not be looked up again. */
export type WordCache = {
  /** The words of a vocabulary that are not known to be committed. */
  lacking(vocabulary: Vocabulary): Vocabulary
  /** Adds a word that an earlier transaction committed. */
  add(word: string, heading: boolean): void
}

/** Returns the known words of the generation that a projection is writing. */
type Memory = (context: Pick<ProjectionContext, 'tx' | 'schema' | 'replaying'>) => WordCache

const noCache: WordCache = { lacking: (vocabulary) => vocabulary, add: () => undefined }

/**
 * Caches the latest words, per connection and generation. What was read on a connection stays committed as long as the
 * connection lives, since a server that crashes and loses its last transactions loses the connection too. Nothing is
 * cached while a generation is built: it may be abandoned, and another may take its name.
 */
export function createMemory(maxWords = 20_000): Memory {
  const connections = new WeakMap<ProjectionContext['tx'], { readonly schema: string; readonly words: WordCache }>()
  return ({ tx, schema, replaying }) => {
    if (replaying) return noCache
    const before = connections.get(tx)
    if (before?.schema === schema) return before.words
    const words = createWordCache(maxWords)
    connections.set(tx, { schema, words })
    return words
  }
}

function createWordCache(maxWords: number): WordCache {
  const headings = new Map<string, boolean>()
  return {
    lacking: (vocabulary) =>
      new Map([...vocabulary].filter(([word, heading]) => !headings.has(word) || (heading && !headings.get(word)))),
    add: (word, heading) => {
      headings.set(word, heading)
      if (headings.size <= maxWords) return
      const oldest = headings.keys().next()
      if (!oldest.done) headings.delete(oldest.value)
    },
  }
}
