import type { Pool } from 'pg'
import { instant } from '@guichet/domain'
import type { SchemaPart } from '@guichet/eventstore'
import type { CheckedLink, LinkFinding, OutsideLinks } from './outside-links-port.ts'

/** `outside_link` has each address of another site that an article links to, under the SHA-256 of it, and what was found there last. */
const tables = `
create table guichet_knowledge.outside_link (
  hash bytea primary key,
  url text not null,
  seen_at timestamptz not null,
  checked_at timestamptz,
  outcome text,
  status smallint,
  redirected_to text,
  fault text
);
create index on guichet_knowledge.outside_link (checked_at nulls first);
`

/** What links of articles to other sites lead to. */
export const outsideLinksSchema: SchemaPart = { schema: 'guichet_knowledge', part: 'outside links', steps: [tables] }

const hash = (text: string): string => `sha256(convert_to(${text}, 'UTF8'))`

/** The lock of the process that checks links. */
const lock = `hashtextextended('guichet_knowledge outside links', 0)`

/** The links to other sites of a database that has `outsideLinksSchema`. */
export function postgresOutsideLinks(pool: Pool): OutsideLinks {
  return {
    see: async (urls, at) => {
      await pool.query(
        `insert into guichet_knowledge.outside_link (hash, url, seen_at)
         select distinct on (u) ${hash('u')}, u, $2::timestamptz from unnest($1::text[]) as u order by u
         on conflict (hash) do update set seen_at = excluded.seen_at`,
        [urls, at],
      )
    },
    due: async (before, limit) => {
      const { rows } = await pool.query<{ url: string }>(
        `select url from guichet_knowledge.outside_link where checked_at is null or checked_at < $1
         order by checked_at nulls first limit $2`,
        [before, limit],
      )
      return rows.map(({ url }) => url)
    },
    store: async ({ url, checkedAt, outcome, status, redirectedTo, fault }) => {
      await pool.query(
        `update guichet_knowledge.outside_link
         set checked_at = $2, outcome = $3, status = $4, redirected_to = $5, fault = $6 where hash = ${hash('$1')}`,
        [url, checkedAt, outcome, status, redirectedTo, fault],
      )
    },
    findingsOf: async (urls) => {
      const { rows } = await pool.query<SelectedLink>(
        `select url, checked_at, outcome, status, redirected_to, fault from guichet_knowledge.outside_link
         where hash in (select ${hash('u')} from unnest($1::text[]) as u) and checked_at is not null`,
        [urls],
      )
      return new Map(rows.map((row) => [row.url, toLink(row)]))
    },
    forget: async (before) => {
      const { rowCount } = await pool.query('delete from guichet_knowledge.outside_link where seen_at < $1', [before])
      return rowCount ?? 0
    },
    alone: async (work) => {
      const client = await pool.connect()
      let isHeld = false
      try {
        const { rows } = await client.query<{ held: boolean }>(`select pg_try_advisory_lock(${lock}) as held`)
        isHeld = rows[0]?.held === true
        return isHeld ? await work() : undefined
      } finally {
        const isFree =
          !isHeld ||
          (await client.query(`select pg_advisory_unlock(${lock})`).then(
            () => true,
            () => false,
          ))
        // A connection that ends releases its lock.
        client.release(!isFree)
      }
    },
  }
}

type SelectedLink = {
  readonly url: string
  readonly checked_at: Date
  readonly outcome: LinkFinding['outcome']
  readonly status: number | null
  readonly redirected_to: string | null
  readonly fault: LinkFinding['fault'] | null
}

const toLink = ({ url, checked_at, outcome, status, redirected_to, fault }: SelectedLink): CheckedLink => ({
  url,
  checkedAt: instant(checked_at),
  outcome,
  status: status ?? undefined,
  redirectedTo: redirected_to ?? undefined,
  fault: fault ?? undefined,
})
