import { sql } from 'kysely'
import type { Article, ArticleAudience, Difficulty } from '@guichet/domain'
import type { Page, Reader, Slice } from '../reading/reader.ts'
import { coalesced, readSchema } from '../reading/reader.ts'
import type { Condition } from '../reading/slice.ts'
import { allOf, among, byInstant, byNumber, readSlice } from '../reading/slice.ts'
import type {
  ArticleCategoryRow,
  ArticleLinkRow,
  ArticleRevisionRow,
  ArticleRow,
  ArticleTargetRow,
  RevisionKey,
  SelectedArticle,
  SelectedCategory,
  SelectedLink,
  SelectedRevision,
} from './article-rows.ts'
import { nameOf, toArticle, toCategory, toLink, toRevision } from './article-rows.ts'

/** For whom articles are read: the desk reads all of them, the public those that are published for everybody. */
export type ArticleReaders = 'desk' | 'public'

/** What the desk looks for among translations. */
export const translationStates = ['draft', 'in_review', 'approved', 'published', 'stale', 'phrases_suggested'] as const

/** What the desk looks for among translations: a `draft` is a text whose last revision is not published. */
export type TranslationState = (typeof translationStates)[number]

/** Conditions on articles, all of which must hold. */
export type ArticleFilter = {
  /** Any of these; all without them. */
  readonly status?: readonly Article['status'][] | undefined
  /** Those in a category, or in one that lies in it. */
  readonly categoryId?: string | undefined
  /** Those with all of these tags. */
  readonly tags?: readonly string[] | undefined
  readonly difficulty?: readonly Difficulty[] | undefined
  readonly audience?: ArticleAudience | undefined
  /** Those that have a text in the language: a published one where the public reads. */
  readonly language?: string | undefined
  /** Those of which a text, in the language if one is given, is in this state. */
  readonly state?: TranslationState | undefined
  /** Those whose readers may need this article. */
  readonly relatedTo?: string | undefined
  /** Other articles whose published texts link to this one. */
  readonly linksTo?: string | undefined
}

/** The queries on articles. `readers` says for whom: the public learns nothing of what is not published for everybody. */
type ArticlesQueries = {
  /** Articles, those that have changed last first. */
  list(filter: ArticleFilter, readers: ArticleReaders, page: Page): Promise<Slice<ArticleRow>>
  /** The articles that were not deleted, by their ids after one: the order does not change while they are read. */
  listById(
    after: string | undefined,
    limit: number,
  ): Promise<readonly { readonly id: string; readonly language: string }[]>
  /** Articles in the order of their ids; undefined where there is none. */
  byIds(ids: readonly string[]): Promise<readonly (ArticleRow | undefined)[]>
  /** Revisions in the order of their keys; undefined where there is none. */
  revisions(keys: readonly RevisionKey[]): Promise<readonly (ArticleRevisionRow | undefined)[]>
  /** What links to revisions need of them, in the order of their keys; undefined where there is none. */
  targets(keys: readonly RevisionKey[]): Promise<readonly (ArticleTargetRow | undefined)[]>
  /** The links of revisions, in the order of their keys: of each by the ids and anchors that they lead to. */
  links(keys: readonly RevisionKey[]): Promise<readonly (readonly ArticleLinkRow[])[]>
  /**
   * The files that the published texts of an article name, by their ids. Whether the public reads the article, and
   * whether a file belongs to it, is for the caller to know.
   */
  publishedFiles(articleId: string): Promise<readonly string[]>
  /** All revisions of an article in a language, the last one first. */
  revisionsOf(articleId: string, language: string, page: Page): Promise<Slice<ArticleRevisionRow>>
  /** Every category that was not removed, in the order of the tree: by `order`, then by id. */
  categories(readers: ArticleReaders): Promise<readonly ArticleCategoryRow[]>
  /** The tags of articles, the most frequent first. */
  tags(readers: ArticleReaders, limit: number): Promise<readonly { readonly tag: string; readonly articles: number }[]>
}

/** Articles `a` in their categories `c`. */
export const articles = sql`${sql.id(readSchema)}.article a
  left join ${sql.id(readSchema)}.article_category c on c.id = a.category_id`
/** What there is of articles in each language. */
export const translations = sql`${sql.id(readSchema)}.article_translation`
/** The revisions `r`. */
export const revisions = sql`${sql.id(readSchema)}.article_revision r`
const namedFiles = sql`${sql.id(readSchema)}.article_file f`
const links = sql`${sql.id(readSchema)}.article_link l`

/** Who reads an article, `a` in its category `c`. */
const reads = sql`case when a.audience = 'internal' or c.reads = 'internal' then 'internal' else 'public' end`

/**
 * Whether the public reads an article, `a` in its category `c`: the one condition on every road to one. It says what `reads` says, in
 * terms of which Postgres has statistics.
 * @param language whether it does in this language.
 */
export const isReadByPublic = (language?: string): Condition => sql`(
  a.status = 'active' and a.audience = 'public' and c.reads is distinct from 'internal' and exists (
    select from ${translations} p where p.article_id = a.id and p.published is not null
      ${language === undefined ? sql`` : sql`and p.language = ${language}`}))`

/** Whether the public reads an article, by its row: as the condition `isReadByPublic` says. */
export const isPublicArticle = ({ status, reads: readers, translations: all }: ArticleRow): boolean =>
  status === 'active' && readers === 'public' && all.some(({ published }) => published !== undefined)

/** The published texts of an article, one of each language that has one. */
export const publishedTexts = ({ id, translations: all }: ArticleRow): readonly RevisionKey[] =>
  all.flatMap(({ language, published: revision }) =>
    revision === undefined ? [] : [{ articleId: id, language, revision }],
  )

/** Whether everybody could read an article until it was deleted. */
export const wasPublicArticle = (article: ArticleRow): boolean =>
  article.status === 'deleted' && isPublicArticle({ ...article, status: 'active' })

const columns = sql`a.*, ${reads} as reads, (
  select coalesce(json_agg(row_to_json(t) order by t.language), '[]') from ${translations} t
  where t.article_id = a.id) as translations`

/** The articles `a` that meet a filter and that a reader sees, for lists in an order of their own. */
export const articleSelection = (filter: ArticleFilter, readers: ArticleReaders) => ({
  columns,
  from: articles,
  where: conditionOf(filter, readers),
  toRow: toArticle,
})

/** Queries the live generation of the articles. */
export function articlesQueries(reader: Reader): ArticlesQueries {
  const ordering = byInstant({ expression: sql`a.updated_at`, id: sql`a.id`, direction: 'desc' })
  const byIds = async (ids: readonly string[]): Promise<readonly (ArticleRow | undefined)[]> => {
    const selected = await reader.rows(sql<SelectedArticle>`
      select ${columns} from ${articles} where a.id = any(${[...ids]}::text[])`)
    const rowsById = new Map(selected.map((each) => [each.id, toArticle(each)]))
    return ids.map((id) => rowsById.get(id))
  }
  return {
    list: (filter, readers, page) =>
      readSlice(reader, { columns, from: articles, where: conditionOf(filter, readers), ordering }, page, toArticle),
    listById: (after, limit) =>
      reader.rows(sql<{ id: string; language: string }>`
        select a.id, a.language from ${sql.id(readSchema)}.article a
        where a.status <> 'deleted' and a.id > ${after ?? ''} order by a.id limit ${limit}`),
    byIds: coalesced(byIds),
    revisions: async (keys) => {
      const selected = await reader.rows(sql<SelectedRevision>`
        select r.* from ${listOf(keys)} join ${revisions} using (article_id, language, revision)`)
      const rows = new Map(selected.map(toRevision).map((row) => [nameOf(row), row]))
      return keys.map((key) => rows.get(nameOf(key)))
    },
    targets: async (keys) => {
      const selected = await reader.rows(sql<ArticleTargetRow>`
        select r.article_id as "articleId", r.language, r.revision, r.slug, r.anchors
        from ${listOf(keys)} join ${revisions} using (article_id, language, revision)`)
      const rows = new Map(selected.map((row) => [nameOf(row), row]))
      return keys.map((key) => rows.get(nameOf(key)))
    },
    links: async (keys) => {
      const selected = await reader.rows(sql<SelectedLink>`
        select l.* from ${listOf(keys)} join ${links} using (article_id, language, revision)
        order by l.target_id, l.anchor`)
      const lists = new Map<string, ArticleLinkRow[]>(keys.map((key) => [nameOf(key), []]))
      for (const row of selected) lists.get(nameOf({ ...row, articleId: row.article_id }))?.push(toLink(row))
      return keys.map((key) => lists.get(nameOf(key)) ?? [])
    },
    publishedFiles: async (articleId) => {
      const selected = await reader.rows(sql<{ readonly id: string }>`
        select distinct f.file_id as id from ${namedFiles} join ${translations} t using (article_id, language)
        where f.article_id = ${articleId} and t.published = f.revision order by id`)
      return selected.map(({ id }) => id)
    },
    revisionsOf: (articleId, language, page) =>
      readSlice(
        reader,
        {
          columns: sql`r.*`,
          from: revisions,
          where: sql`r.article_id = ${articleId} and r.language = ${language}`,
          ordering: byNumber({ expression: sql`r.revision`, id: sql`r.article_id`, direction: 'desc' }),
        },
        page,
        toRevision,
      ),
    categories: async (readers) => {
      const selected = await reader.rows(sql<SelectedCategory>`
        select k.*, coalesce(n.articles, 0) as articles
        from ${sql.id(readSchema)}.article_category k
        left join (
          select a.category_id, count(*)::integer as articles from ${articles}
          where ${conditionOf({ status: ['active'] }, readers)} group by a.category_id
        ) n on n.category_id = k.id
        where not k.removed and ${readers === 'desk' ? sql`true` : sql`k.reads = 'public'`}
        order by k.sort_order, k.id`)
      return selected.map(toCategory)
    },
    tags: async (readers, limit) =>
      reader.rows(sql<{ readonly tag: string; readonly articles: number }>`
        select tag, count(*)::integer as articles from ${articles}, unnest(a.tags) as tag
        where ${conditionOf({ status: ['active'] }, readers)} group by tag order by articles desc, tag limit ${limit}`),
  }
}

/** The condition on an article `a` in its category `c` that its readers and a filter set. */
export const conditionOf = (filter: ArticleFilter, readers: ArticleReaders): Condition => {
  const { status, categoryId, tags, difficulty, audience, language, state, relatedTo, linksTo } = filter
  return allOf([
    readers === 'public' && isReadByPublic(language),
    status && among(sql`a.status`, status),
    categoryId !== undefined && sql`(a.category_id = ${categoryId} or ${categoryId} = any(c.path))`,
    tags && sql`a.tags @> ${[...tags]}::text[]`,
    difficulty && among(sql`a.difficulty`, difficulty),
    audience && sql`${reads} = ${audience}`,
    readers === 'desk' && (language !== undefined || state !== undefined) && hasTranslation(language, state),
    relatedTo !== undefined && sql`a.related_ids @> array[${relatedTo}]::text[]`,
    linksTo !== undefined &&
      sql`(a.id <> ${linksTo} and exists (
      select from ${links} join ${translations} t using (article_id, language)
      where l.article_id = a.id and l.target_id = ${linksTo} and t.published = l.revision))`,
  ])
}

/** Revisions by their keys, as `k`. */
export const listOf = (keys: readonly RevisionKey[]): Condition => sql`unnest(
  ${keys.map(({ articleId }) => articleId)}::text[], ${keys.map(({ language }) => language)}::text[],
  ${keys.map(({ revision }) => revision)}::integer[]) as k (article_id, language, revision)`

const hasTranslation = (language: string | undefined, state: TranslationState | undefined): Condition => sql`exists (
  select from ${translations} t where t.article_id = a.id and ${allOf([
    language !== undefined && sql`t.language = ${language}`,
    state && conditionsOfState[state],
  ])})`

const conditionsOfState: Readonly<Record<TranslationState, Condition>> = {
  draft: sql`t.published is distinct from t.revision`,
  in_review: sql`t.in_review is not null`,
  approved: sql`(t.approved = t.revision and t.published is distinct from t.revision)`,
  published: sql`t.published is not null`,
  stale: sql`t.stale`,
  phrases_suggested: sql`t.suggested_phrases::text <> '[]'`,
}
