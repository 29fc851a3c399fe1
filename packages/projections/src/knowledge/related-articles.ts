import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import { stopWordsOf } from '../search/stems.ts'
import type { ArticleReaders } from './articles-queries.ts'
import { articles, conditionOf } from './articles-queries.ts'

/** An article, as readers of a language see it. */
type ArticleInLanguage = { readonly articleId: string; readonly language: string }

/**
 * What else readers may need, by the words that texts share. What is not published for everybody changes nothing that the public
 * is shown: no article, no category, no order.
 */
type RelatedArticlesQueries = {
  /**
   * Other articles in the language whose texts share the rare words of this one: those in its category first. `limit` and
   * `mostRelated` at most, as ids.
   */
  ofArticle(article: ArticleInLanguage, readers: ArticleReaders, limit: number): Promise<readonly string[]>
  /**
   * Other categories whose articles share the rare words of those in this one, the closest first; without those that it lies
   * in or that lie in it. `limit` and `mostRelated` at most, as ids.
   */
  ofCategory(
    category: { readonly categoryId: string; readonly language: string },
    readers: ArticleReaders,
    limit: number,
  ): Promise<readonly string[]>
}

/** The most related articles, or categories, of one. */
export const mostRelated = 10

/** How many of the first words of a text are looked at: of one article, and of each of those that stand for a category. */
const mostWords = { ofArticle: 300, ofCategory: 60 } as const

/** How many articles stand for their category. */
const mostSources = 10

/** How many of the words that tell most are looked for, of those that are in no more texts than this. */
const mostTerms = 24
const mostTexts = 500

/**
 * In which share of the texts of a language a word may be one without a meaning of its own, of which a list knows; and in which it tells
 * nothing, where there is no list.
 */
const frequent = { share: 0.1, most: 0.7 } as const

/** How many texts are compared by their readers and categories, of those that share most. */
const mostCompared = { ofArticle: 50, ofCategory: 200 } as const

/** How many words are shared at least: one alone is chance. */
const leastShared = 2

/** The least that is shared, as a share of what the closest article does, or the closest category. */
const leastShare = 0.3

const table = (name: string): RawBuilder<unknown> => sql`${sql.id(readSchema, name)}`

/** Queries the live generation of the words of articles for what is related. */
export function relatedArticlesQueries(reader: Reader): RelatedArticlesQueries {
  return {
    ofArticle: async ({ articleId, language }, readers, limit) => {
      const source = sql`d.article_id = ${articleId}`
      const rows = await reader.rows(sql<{ readonly id: string }>`
        with ${closeTexts({ language, readers, source, by: 'ofArticle' })}, close as materialized (
          select a.id, s.score, a.category_id from scored s
          join ${table('article_document')} d on d.language = ${language} and d.document = s.document,
          lateral (select a.id, a.category_id from ${articles} where a.id = d.article_id and ${condition(language, readers)}) a
        )
        select c.id from close c where c.score >= ${leastShare}::float8 * (select max(score) from close)
        order by coalesce(c.category_id = (select category_id from source), false) desc, c.score desc, c.id
        limit ${Math.min(limit, mostRelated)}`)
      return rows.map(({ id }) => id)
    },
    ofCategory: async ({ categoryId, language }, readers, limit) => {
      const source = sql`d.category_id in (
        select k.id from ${table('article_category')} k where ${categoryId} = any(k.path))`
      const rows = await reader.rows(sql<{ readonly id: string }>`
        with ${closeTexts({ language, readers, source, by: 'ofCategory' })}, close as materialized (
          select k.id, sum(s.score) as score from scored s
          join ${table('article_document')} d on d.language = ${language} and d.document = s.document
          join ${table('article_category')} k on k.id = d.category_id,
          lateral (select from ${articles} where a.id = d.article_id and ${condition(language, readers)}) a
          where not k.removed ${readers === 'public' ? sql`and k.reads = 'public'` : sql``}
            and ${categoryId} <> all(k.path) and k.id <> all(select unnest(o.path) from ${table('article_category')} o where o.id = ${categoryId})
          group by k.id
        )
        select c.id from close c where c.score >= ${leastShare}::float8 * (select max(score) from close)
        order by c.score desc, c.id limit ${Math.min(limit, mostRelated)}`)
      return rows.map(({ id }) => id)
    },
  }
}

const condition = (language: string, readers: ArticleReaders) =>
  conditionOf({ status: ['active'], language, state: 'published' }, readers)

type Sources = {
  readonly language: string
  readonly readers: ArticleReaders
  /** The condition on documents `d` whose words are looked for. */
  readonly source: RawBuilder<unknown>
  /** What they are: the bounds follow from it. */
  readonly by: keyof typeof mostWords
}

/**
 * The documents that share the words which tell most about some others, as the table `scored`: those that are often in the
 * others and in few texts of the language. How many texts have a word follows from the vocabulary, so that no postings of a
 * frequent one are read.
 */
function closeTexts({ language, readers, source, by }: Sources): RawBuilder<unknown> {
  const isVisible = readers === 'public' ? sql`and public` : sql``
  const of = (name: string): RawBuilder<unknown> => sql.id(readers === 'public' ? `public_${name}` : name)
  const weight = sql`(3::float8 * p.title + 1.5::float8 * p.description
    + p.body / (0.5::float8 + 0.5::float8 * p.body_length / t.body))`
  const share = sql`${weight} / (1.2::float8 + ${weight})`
  return sql`source as materialized (
      select d.document, d.category_id, d.words[1:${mostWords[by]}::integer] as words,
        d.word_terms[1:${mostWords[by]}::integer] as terms
      from ${table('article_document')} d where d.language = ${language} and ${source} ${isVisible}
      order by d.document limit ${mostSources}
    ), total as materialized (
      select ${of('documents')}::float8 as documents, greatest(${of('body')}::float8 / ${of('documents')}, 1) as body
      from ${table('article_search_total')} where language = ${language} and ${of('documents')} > 0
    ), vocabulary as materialized (
      select s.document, w.term, max(k.${of('documents')})::float8 as n
      from source s cross join total t, unnest(s.words, s.terms) as w (word, term)
      join ${table('article_word')} k on k.language = ${language} and k.word = w.word and k.term = w.term
      where k.${of('documents')} <= ${frequent.share}::float8 * t.documents
        or to_tsvector(${stopWordsOf(language)}::regconfig, w.word) <> ''::tsvector
      group by s.document, w.term
    ), term as materialized (
      select v.term, sum(${share} * ln(1 + (t.documents - v.n + 0.5::float8) / (v.n + 0.5::float8))) as weight
      from vocabulary v cross join total t
      join ${table('article_posting')} p on p.language = ${language} and p.term = v.term and p.document = v.document
      where v.n between 2 and least(${frequent.most}::float8 * t.documents, ${mostTexts})
      group by v.term order by 2 desc, 1 limit ${mostTerms}
    ), scored as materialized (
      select p.document, sum(m.weight * ${share}) as score
      from term m cross join total t, lateral (
        select p.document, p.title, p.description, p.body, p.body_length from ${table('article_posting')} p
        where p.language = ${language} and p.term = m.term ${isVisible} and p.document <> all(array(select document from source))
        order by p.document limit ${mostTexts}
      ) p
      group by p.document having count(*) >= ${leastShared} order by 2 desc, 1 limit ${mostCompared[by]}
    )`
}
