import { sql } from 'kysely'
import type { Page, Reader, Slice } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import { allOf, byInstant, readSlice } from '../reading/slice.ts'
import type { ArticleRow } from './article-rows.ts'
import type { ArticleFilter, ArticleReaders } from './articles-queries.ts'
import { articleSelection } from './articles-queries.ts'

/** The queries on articles by the time of their publication. */
type RecentArticlesQueries = {
  /** The articles in use whose text, in the language of the filter if it has one, was published last, those first. */
  published(
    filter: Pick<ArticleFilter, 'categoryId' | 'language'>,
    readers: ArticleReaders,
    page: Page,
  ): Promise<Slice<ArticleRow>>
}

/** Queries the live generation of the articles. */
export function recentArticlesQueries(reader: Reader): RecentArticlesQueries {
  const translations = sql`${sql.id(readSchema)}.article_translation`
  return {
    published: (filter, readers, page) => {
      const { columns, from, where, toRow } = articleSelection({ ...filter, status: ['active'] }, readers)
      const { language } = filter
      const isLast =
        language === undefined
          ? sql`not exists (
              select from ${translations} o where o.article_id = l.article_id and o.published is not null
                and (o.published_at, o.language) > (l.published_at, l.language))`
          : sql`l.language = ${language}`
      return readSlice(
        reader,
        {
          columns,
          from: sql`${from} join ${translations} l on l.article_id = a.id`,
          where: allOf([where, sql`l.published is not null`, isLast]),
          ordering: byInstant({ expression: sql`l.published_at`, id: sql`a.id`, direction: 'desc' }),
        },
        page,
        toRow,
      )
    },
  }
}
