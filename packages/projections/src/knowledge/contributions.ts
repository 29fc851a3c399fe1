import { sql } from 'kysely'
import type { ArticleEvent, Instant } from '@guichet/domain'
import { parseStream } from '@guichet/domain'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import type { Projection, RecordedEvent } from '../runner/projection.ts'
import { tablesOf, writtenTable } from '../written-table.ts'

/** What somebody does for an article. A translation is a revision in another language than the first one. */
const contributionKinds = ['created', 'revised', 'translated', 'approved', 'declined'] as const

type ContributionKind = (typeof contributionKinds)[number]

/** What somebody has done for articles in a month, in numbers. */
export type ContributionRow = {
  /** The month in the time zone of the query, as `2026-03`. */
  readonly month: string
  readonly agentId: string
  /** The name that they had last in the month. */
  readonly name: string | undefined
  /** Articles begun. */
  readonly created: number
  /** Revisions written in the first language of an article, after its first one. */
  readonly revised: number
  /** Revisions written in other languages. */
  readonly translated: number
  /** Revisions approved or declined. */
  readonly reviewed: number
  readonly approved: number
  /** How many articles they have begun, revised or translated, each counted once. */
  readonly articles: number
}

/** The queries on contributions to articles. */
type ContributionsQueries = {
  /**
   * What everybody has done in the last months of a time zone, that of `now` included: the latest month first, and in each
   * those first who have worked on most articles.
   */
  byMonth(months: number, now: Instant, timeZone: string, limit: number): Promise<readonly ContributionRow[]>
}

/** What people of the desk do for articles: a row for each contribution. Rows are append-only. */
export function contributionsProjection(): Projection {
  return {
    name: 'contributions',
    version: 1,
    ...tablesOf(table),
    project: (events, { tx }) => table.insert(tx, events.flatMap(contributionOf)),
  }
}

const table = writtenTable(
  'article_contribution',
  `article_id text collate "C",
  version integer,
  kind text not null,
  agent_id text collate "C" not null,
  agent_name text,
  at timestamptz not null,
  primary key (article_id, version)`,
  { indexes: ['index on article_contribution (at)'] },
)

function contributionOf({ stream, version, event }: RecordedEvent): readonly object[] {
  const { category, id } = parseStream(stream)
  if (category !== 'article') return []
  const kind = kindOf(event as ArticleEvent)
  const { at, by } = event
  if (kind === undefined || by.kind !== 'agent') return []
  return [{ article_id: id, version, kind, agent_id: by.id, agent_name: by.name, at }]
}

/** The first text of an article comes with it, and is no revision of its own. */
function kindOf(event: ArticleEvent): ContributionKind | undefined {
  switch (event.type) {
    case 'ArticleCreated':
      return 'created'
    case 'ArticleRevised':
      if (event.follows !== undefined) return 'translated'
      return event.revision === 1 ? undefined : 'revised'
    case 'ArticleApproved':
      return 'approved'
    case 'ArticleReviewDeclined':
      return 'declined'
    default:
      return undefined
  }
}

/** Queries the live generation of the contributions. */
export function contributionsQueries(reader: Reader): ContributionsQueries {
  return {
    byMonth: async (months, now, timeZone, limit) => {
      const rows = await reader.rows(sql<ContributionRow & { readonly name: string | null }>`
        select to_char(c.at at time zone ${timeZone}, 'YYYY-MM') as month, c.agent_id as "agentId",
          (array_agg(c.agent_name order by c.at desc) filter (where c.agent_name is not null))[1] as name,
          ${countOf('created')} as created, ${countOf('revised')} as revised, ${countOf('translated')} as translated,
          ${countOf('approved', 'declined')} as reviewed, ${countOf('approved')} as approved,
          (count(distinct c.article_id) filter (where ${isOf('created', 'revised', 'translated')}))::integer as articles
        from ${sql.id(readSchema)}.article_contribution c
        where c.at >= (
          date_trunc('month', ${now}::timestamptz at time zone ${timeZone}) - make_interval(months => ${months - 1}::integer)
        ) at time zone ${timeZone}
        group by month, c.agent_id order by month desc, articles desc, c.agent_id limit ${limit}`)
      return rows.map((row) => ({ ...row, name: row.name ?? undefined }))
    },
  }
}

const isOf = (...kinds: readonly ContributionKind[]) => sql`c.kind = any(${[...kinds]}::text[])`

const countOf = (...kinds: readonly ContributionKind[]) => sql`(count(*) filter (where ${isOf(...kinds)}))::integer`
