import { sql } from 'kysely'
import type { ArticleCategory, Instant } from '@guichet/domain'
import type { Page, Reader, Slice } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import { allOf, byInstant, readSlice, toInstant } from '../reading/slice.ts'
import type { RevisionKey } from './article-rows.ts'
import { nameOf } from './article-rows.ts'
import { articles, isReadByPublic, listOf, revisions, translations } from './articles-queries.ts'

/** What the lists of the help centre say of an article: of its text that readers see, in a language. */
export type HelpCentreArticleRow = RevisionKey & {
  readonly title: string
  readonly excerpt: string
  readonly slug: string
}

/** How many articles the public reads in a category and a language, without those in categories that lie in it. */
export type HelpCentreCountRow = {
  /** Null for those without a category. */
  readonly categoryId: string | null
  readonly language: string
  readonly articles: number
}

/** A category that the public sees. */
export type HelpCentreCategoryRow = Pick<ArticleCategory, 'parentId' | 'texts'> & { readonly id: string }

type HelpCentreFilter = {
  readonly language: string
  /** Those in a category, or in one that lies in it. */
  readonly categoryId?: string | undefined
}

/** The queries of the pages of the help centre. All of them are for the public. */
type HelpCentreQueries = {
  /** The articles in a language, those that were published last first. */
  list(filter: HelpCentreFilter, page: Page): Promise<Slice<HelpCentreArticleRow>>
  /** Revisions without their texts, in the order of their keys. Whether the public reads them is for the caller to know. */
  titles(keys: readonly RevisionKey[]): Promise<readonly (HelpCentreArticleRow | undefined)[]>
  /** The categories, in the order of the tree. */
  categories(): Promise<readonly HelpCentreCategoryRow[]>
  /** How many articles there are, by category and language: languages without any are not among them. */
  counts(): Promise<readonly HelpCentreCountRow[]>
  /** Articles in a language in the order of their ids, behind the first `offset`. */
  addresses(
    language: string,
    range: { readonly offset: number; readonly limit: number },
  ): Promise<readonly (Pick<HelpCentreArticleRow, 'articleId' | 'slug'> & { readonly publishedAt: Instant })[]>
}

/** Queries the live generation of the articles for the help centre. */
export function helpCentreQueries(reader: Reader): HelpCentreQueries {
  const columns = sql`r.article_id, r.language, r.revision, r.title, r.excerpt, r.slug`
  const texts = sql`${articles}
    join ${translations} t on t.article_id = a.id and t.published is not null
    join ${revisions} on r.article_id = a.id and r.language = t.language and r.revision = t.published`
  const ordering = byInstant({ expression: sql`t.published_at`, id: sql`t.article_id`, direction: 'desc' })
  return {
    list: ({ language, categoryId }, page) => {
      const where = allOf([
        sql`t.language = ${language}`,
        isReadByPublic(language),
        categoryId !== undefined && sql`(a.category_id = ${categoryId} or ${categoryId} = any(c.path))`,
      ])
      return readSlice(reader, { columns, from: texts, where, ordering }, page, toRow)
    },
    titles: async (keys) => {
      const selected = await reader.rows(sql<SelectedTitle>`
        select ${columns} from ${listOf(keys)} join ${revisions} using (article_id, language, revision)`)
      const rows = new Map(selected.map(toRow).map((row) => [nameOf(row), row]))
      return keys.map((key) => rows.get(nameOf(key)))
    },
    categories: async () => {
      const selected = await reader.rows(sql<SelectedCategory>`
        select k.id, k.parent_id, k.texts from ${sql.id(readSchema)}.article_category k
        where not k.removed and k.reads = 'public' order by k.sort_order, k.id`)
      return selected.map(({ id, parent_id: parentId, texts }) => ({ id, parentId, texts }))
    },
    counts: async () => {
      const selected = await reader.rows(sql<SelectedCount>`
        select a.category_id, t.language, count(*)::integer as articles
        from ${articles} join ${translations} t on t.article_id = a.id and t.published is not null
        where ${isReadByPublic()} group by a.category_id, t.language`)
      return selected.map(({ category_id: categoryId, ...counted }) => ({ categoryId, ...counted }))
    },
    addresses: async (language, { offset, limit }) => {
      const selected = await reader.rows(sql<SelectedAddress>`
        select a.id, r.slug, t.published_at from ${texts}
        where t.language = ${language} and ${isReadByPublic(language)}
        order by a.id offset ${offset} limit ${limit}`)
      return selected.map(({ id, slug, published_at: at }) => ({ articleId: id, slug, publishedAt: toInstant(at) }))
    },
  }
}

type SelectedTitle = {
  readonly article_id: string
  readonly language: string
  readonly revision: number
  readonly title: string
  readonly excerpt: string
  readonly slug: string
}

type SelectedCategory = {
  readonly id: string
  readonly parent_id: string | null
  readonly texts: ArticleCategory['texts']
}

type SelectedCount = { readonly category_id: string | null; readonly language: string; readonly articles: number }

type SelectedAddress = { readonly id: string; readonly slug: string; readonly published_at: Date }

const toRow = ({ article_id: articleId, ...text }: SelectedTitle): HelpCentreArticleRow => ({ articleId, ...text })
