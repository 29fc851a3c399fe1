import { sql } from 'kysely'
import type { SimilarArticles } from '@guichet/domain'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import type { ArticleFilter, ArticleReaders } from './articles-queries.ts'
import { articles, conditionOf } from './articles-queries.ts'

/** A published text, with how close its article is to a search. */
export type NearestRow = {
  readonly id: string
  readonly categoryId: string | null
  /** How near it is by its rank in the language of the search, and by that in all languages: comparable within a search alone. */
  readonly nearness: number
  /** The published revision. */
  readonly revision: number
  readonly title: string
  readonly excerpt: string
  readonly body: string
}

type NearestQuery = {
  readonly language: string
  readonly filter: ArticleFilter
  readonly readers: ArticleReaders
}

/** How many of the articles that are nearest in the language of the search are ranked by their texts in all languages. */
const mostRanked = 50

/** How many of these are hits. */
const mostNearest = 20

/** How many articles the reader's condition is asked of first; then of four times as many, and so on. */
const firstAsked = 100

/** How many it is asked of at most: where fewer fit a filter or the reader, words find the rest. */
const mostAsked = 2_000

/**
 * The articles nearest to a search, of those that the reader sees and the filter wants, the nearest first. Those that the reader
 * does not see change nothing: more are asked for until there are enough, no more, or `mostAsked`.
 */
export async function nearestArticles(
  reader: Reader,
  similar: SimilarArticles,
  query: NearestQuery,
): Promise<readonly NearestRow[]> {
  const close = closeOnes(await visibleArticles(reader, similar, query), similar.least)
  if (close.length === 0) return []
  return reader.rows(sql<NearestRow>`
    select s.id, s."categoryId", s.nearness, d.revision, d.title, d.excerpt, d.body
    from json_to_recordset(${JSON.stringify(close)}::json) as s (id text, "categoryId" text, nearness float8)
    join ${documents} d on d.language = ${query.language} and d.article_id = s.id
    order by s.nearness desc, s.id`)
}

const documents = sql.id(readSchema, 'article_document')

type VisibleArticle = Pick<NearestRow, 'id' | 'categoryId' | 'nearness'> & { readonly similarity: number }

async function visibleArticles(
  reader: Reader,
  { nearest, similarityOf }: SimilarArticles,
  { language, filter, readers }: NearestQuery,
): Promise<readonly VisibleArticle[]> {
  const condition = conditionOf({ status: ['active'], language, state: 'published', ...filter }, readers)
  for (let limit = firstAsked; ; limit = Math.min(4 * limit, mostAsked)) {
    const ids = nearest(limit).map(({ articleId }) => articleId)
    const rows = await reader.rows(sql<Pick<VisibleArticle, 'id' | 'categoryId'>>`
      select a.id, a.category_id as "categoryId" from unnest(${ids}::text[]) with ordinality as s (id, place),
      lateral (select a.id, a.category_id from ${articles} where a.id = s.id and ${condition}) a
      order by s.place limit ${mostRanked}`)
    if (rows.length === mostRanked || ids.length < limit || limit === mostAsked)
      return rows
        .map((row, place) => ({ ...row, similarity: similarityOf(row.id), nearness: byRank(place) }))
        .sort((a, b) => b.similarity - a.similarity || compare(a.id, b.id))
        .map((row, place) => ({ ...row, nearness: row.nearness + byRank(place) }))
  }
}

/** How many of the nearest articles are hits, however far they are. */
const alwaysClose = 3

/** Every article is somewhat similar: those in the lower half, between the nearest and the farthest of many, are no hits. */
function closeOnes(visible: readonly VisibleArticle[], leastSimilarity: number): readonly VisibleArticle[] {
  const [first, last] = [visible[0], visible.at(-1)]
  if (!first || !last) return []
  const least = (first.similarity + last.similarity) / 2
  return visible
    .slice(0, mostNearest)
    .filter(({ similarity }, place) => similarity >= leastSimilarity && (place < alwaysClose || similarity >= least))
}

const compare = (one: string, other: string): number => (one < other ? -1 : 1)

/** How much less the first places of a ranking differ than the next ones would alone. */
const flatness = 10

/** What a place in a ranking counts, from 0. */
const byRank = (place: number): number => 1 / (flatness + place + 1)

/** What a place by words counts beside one by meaning: the last words found are shared by chance. */
const weightOfWords = 0.3

type RankedRow = Omit<NearestRow, 'categoryId' | 'nearness'> & { readonly score: number }

type Ranking<Row> = {
  readonly rows: readonly Row[]
  readonly categories: readonly { readonly categoryId: string | null; readonly articles: number }[]
  readonly fitting: readonly string[]
}

/**
 * Ranks what words have found and what is nearest together, by reciprocal ranks, since a score and a similarity do not compare.
 * A place by words counts as its score does beside the best one: what has one word of five is no answer. Counts those by category too that words have not found.
 */
export function fuse<Row extends RankedRow>(
  words: Ranking<Row>,
  nearest: readonly NearestRow[],
): Pick<Ranking<RankedRow>, 'rows' | 'categories'> {
  const rows = new Map<string, RankedRow>()
  const add = ({ id, revision, title, excerpt, body }: RankedRow | NearestRow, score: number): void =>
    void rows.set(id, { id, revision, title, excerpt, body, score: score + (rows.get(id)?.score ?? 0) })
  const best = words.rows[0]?.score ?? 1
  for (const row of nearest) add(row, row.nearness)
  for (const [place, row] of words.rows.entries()) add(row, (weightOfWords * byRank(place) * row.score) / best)
  const counts = new Map(words.categories.map(({ categoryId, articles: count }) => [categoryId, count]))
  const isCounted = new Set(words.fitting)
  for (const { id, categoryId } of nearest)
    if (!isCounted.has(id)) counts.set(categoryId, (counts.get(categoryId) ?? 0) + 1)
  return {
    rows: [...rows.values()].sort((a, b) => b.score - a.score || compare(a.id, b.id)),
    categories: [...counts]
      .map(([categoryId, count]) => ({ categoryId, articles: count }))
      .sort((a, b) => b.articles - a.articles || ((a.categoryId ?? '') < (b.categoryId ?? '') ? -1 : 1)),
  }
}
