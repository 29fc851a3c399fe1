import type { Pool } from 'pg'

/** A ticket whose category somebody has said; a later word has a greater revision. */
export type KnownCategory = { readonly ticketId: string; readonly category: string; readonly revision: string }

/** What people have said that tickets are about, as the database keeps it. */
export type Examples = {
  /** Notes the category of a ticket, in place of what was said before. */
  put(ticketId: string, category: string): Promise<void>
  /** How many there are, and how many of them are younger than a revision. */
  count(since: string | undefined): Promise<{ readonly all: number; readonly since: number }>
  /** The newest ones, at most so many, from younger to older than a revision. */
  newest(limit: number, before: string | undefined): Promise<readonly KnownCategory[]>
  /** The categories in use, the most frequent first, at most so many. */
  categories(limit: number): Promise<readonly string[]>
}

/** The examples in `guichet_workflows`, whose schema has been migrated. Rejects with what the database does. */
export function examplesIn(pool: Pool): Examples {
  return {
    put: async (ticketId, category) => {
      await pool.query(
        `insert into guichet_workflows.classification_example as known (ticket_id, category) values ($1, $2)
         on conflict (ticket_id) do update
           set category = excluded.category, revision = nextval('guichet_workflows.classification_revision')
           where known.category <> excluded.category`,
        [ticketId, category],
      )
    },
    count: async (since) => {
      const { rows } = await pool.query<{ all: number; since: number }>(
        `select count(*)::int as all, count(*) filter (where revision > $1::bigint)::int as since
         from guichet_workflows.classification_example`,
        [since ?? '0'],
      )
      return rows[0] ?? { all: 0, since: 0 }
    },
    newest: async (limit, before) => {
      const { rows } = await pool.query<KnownCategory>(
        `select ticket_id as "ticketId", category, revision::text as revision
         from guichet_workflows.classification_example
         where $2::bigint is null or revision < $2::bigint
         order by guichet_workflows.classification_example.revision desc limit $1`,
        [limit, before ?? null],
      )
      return rows
    },
    categories: async (limit) => {
      const { rows } = await pool.query<{ category: string }>(
        `select category from guichet_workflows.classification_example
         group by category order by count(*) desc, category limit $1`,
        [limit],
      )
      return rows.map(({ category }) => category)
    },
  }
}
