import { endianness } from 'node:os'
import type { Pool } from 'pg'
import type { SchemaPart } from '@guichet/eventstore'
import { inTransaction } from '@guichet/eventstore'

/**
 * `article_embedding` has each published text whose vectors are stored in `article_vector`, and what they were made of. Of a text
 * that is not published any more there is a row with revision 0 for a day, so that every process notices. `change` grows
 * in the order of the transactions. A vector is its numbers as 32 bits each, the lowest byte first.
 */
const tables = `
create sequence guichet_knowledge.article_embedding_change;

create table guichet_knowledge.article_embedding (
  article_id text collate "C" not null,
  language text collate "C" not null,
  revision integer not null,
  phrases text[] not null,
  model text not null,
  change bigint not null,
  embedded_at timestamptz not null default now(),
  primary key (article_id, language)
);
create unique index on guichet_knowledge.article_embedding (change);
create index on guichet_knowledge.article_embedding (embedded_at) where revision = 0;

create table guichet_knowledge.article_vector (
  article_id text collate "C" not null,
  language text collate "C" not null,
  chunk smallint not null,
  model text not null,
  dimension smallint not null,
  vector bytea not null,
  primary key (article_id, language, chunk),
  foreign key (article_id, language) references guichet_knowledge.article_embedding on delete cascade
);
`

/** The vectors of articles. */
export const articleVectorSchema: SchemaPart = { schema: 'guichet_knowledge', part: 'vectors', steps: [tables] }

/** Names a published text, and what its vectors depend on. */
export type PublishedText = {
  readonly articleId: string
  readonly language: string
  readonly revision: number
  readonly phrases: readonly string[]
}

/** The vectors of a text as they were stored last. */
type StoredText = Pick<PublishedText, 'articleId' | 'language'> & {
  readonly change: string
  /** Undefined for a text that is not published any more. */
  readonly model: string | undefined
  readonly vectors: readonly Float32Array[]
}

/** The vectors of the published texts of articles. All methods reject with the errors of the database. */
export type ArticleVectors = {
  /** Published texts whose vectors are lacking, or were made of another revision, of other phrases or by another model. */
  due(model: string, limit: number): Promise<readonly PublishedText[]>
  /** How many such texts there are. */
  countDue(model: string): Promise<number>
  /** Stores the vectors of a text in place of those before. */
  save(text: PublishedText, model: string, vectors: readonly Float32Array[]): Promise<void>
  /** Removes the vectors of what is not published any more; the read models must show all of the history. */
  removeUnpublished(): Promise<void>
  /** What has been stored since a change, in the order of changes. */
  since(change: string, limit: number): Promise<readonly StoredText[]>
  /** How many numbers the vectors of a model have; undefined while there are none. */
  dimensionOf(model: string): Promise<number | undefined>
}

/** The change before the first one. */
export const firstChange = '0'

const dueTexts = `
  from guichet_read.article_document d
  left join guichet_knowledge.article_embedding e on e.article_id = d.article_id and e.language = d.language
  where e.revision is distinct from d.revision or e.phrases <> d.phrases or e.model <> $1`

/** Vectors in a database that has `articleVectorSchema` and the read model of the search of articles. */
export const postgresArticleVectors = (pool: Pool): ArticleVectors => ({
  due: async (model, limit) => {
    const { rows } = await pool.query<PublishedText>({
      name: 'guichet_knowledge.due_texts',
      text: `
        select d.article_id as "articleId", d.language, d.revision, d.phrases
        ${dueTexts}
        order by d.article_id, d.language limit $2`,
      values: [model, limit],
    })
    return rows
  },
  countDue: async (model) => {
    const { rows } = await pool.query<{ texts: number }>(`select count(*)::integer as texts ${dueTexts}`, [model])
    return rows[0]?.texts ?? 0
  },
  save: ({ articleId, language, revision, phrases }, model, vectors) =>
    inTransaction(pool, async (client) => {
      // Changes are numbered in the order in which they become visible: a reader that has seen one has seen those before.
      await client.query("select pg_advisory_xact_lock(hashtextextended('guichet_knowledge.article_embedding', 0))")
      await client.query(
        `insert into guichet_knowledge.article_embedding (article_id, language, revision, phrases, model, change)
         values ($1, $2, $3, $4, $5, nextval('guichet_knowledge.article_embedding_change'))
         on conflict (article_id, language) do update set revision = excluded.revision, phrases = excluded.phrases,
           model = excluded.model, change = excluded.change, embedded_at = now()`,
        [articleId, language, revision, phrases, model],
      )
      await client.query('delete from guichet_knowledge.article_vector where article_id = $1 and language = $2', [
        articleId,
        language,
      ])
      await client.query(
        `insert into guichet_knowledge.article_vector (article_id, language, chunk, model, dimension, vector)
         select $1, $2, v.chunk - 1, $3, $4, v.vector from unnest($5::bytea[]) with ordinality as v (vector, chunk)`,
        [articleId, language, model, vectors[0]?.length ?? 0, vectors.map(bytesOf)],
      )
    }),
  removeUnpublished: () =>
    inTransaction(pool, async (client) => {
      await client.query("select pg_advisory_xact_lock(hashtextextended('guichet_knowledge.article_embedding', 0))")
      await client.query(`
        with gone as (
          update guichet_knowledge.article_embedding e set revision = 0, phrases = '{}',
            change = nextval('guichet_knowledge.article_embedding_change'), embedded_at = now()
          where e.revision > 0 and not exists (
            select from guichet_read.article_document d where d.article_id = e.article_id and d.language = e.language)
          returning e.article_id, e.language
        )
        delete from guichet_knowledge.article_vector v using gone g
        where v.article_id = g.article_id and v.language = g.language`)
      await client.query(
        "delete from guichet_knowledge.article_embedding where revision = 0 and embedded_at < now() - interval '1 day'",
      )
    }),
  since: async (change, limit) => {
    const { rows } = await pool.query<Omit<StoredText, 'vectors' | 'model'> & SelectedVectors>({
      name: 'guichet_knowledge.vectors_since',
      text: `
        select e.article_id as "articleId", e.language, e.change::text, e.model, e.revision,
          array(select v.vector from guichet_knowledge.article_vector v
            where v.article_id = e.article_id and v.language = e.language order by v.chunk) as vectors
        from guichet_knowledge.article_embedding e where e.change > $1::bigint order by e.change limit $2`,
      values: [change, limit],
    })
    return rows.map(({ vectors, revision, model, ...text }) => ({
      ...text,
      model: revision === 0 ? undefined : model,
      vectors: vectors.map(vectorOf),
    }))
  },
  dimensionOf: async (model) => {
    const { rows } = await pool.query<{ dimension: number }>(
      'select dimension from guichet_knowledge.article_vector where model = $1 limit 1',
      [model],
    )
    return rows[0]?.dimension
  },
})

type SelectedVectors = { readonly model: string; readonly revision: number; readonly vectors: readonly Buffer[] }

const bytesOf = (vector: Float32Array): Buffer => {
  const bytes = Buffer.allocUnsafe(4 * vector.length)
  for (const [index, number] of vector.entries()) bytes.writeFloatLE(number, 4 * index)
  return bytes
}

/** Copies the bytes once, which also aligns them. */
const vectorOf = (bytes: Buffer): Float32Array => {
  const { buffer } = new Uint8Array(bytes)
  if (endianness() === 'BE') Buffer.from(buffer).swap32()
  return new Float32Array(buffer)
}
