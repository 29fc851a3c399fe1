import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { ArticleAnswer, ArticleAnswers, ArticleSimilarity, Difficulty } from '@guichet/domain'
import { confidenceOf, difficulties, leastConfidence, leastOfOthers, mostAnswers } from '@guichet/domain'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import { stemsOf, stopWordsOf } from '../search/stems.ts'
import { alikeWords, containingWords, meantBy, patternOf } from '../search/understand.ts'
import type { TextWord } from '../search/words.ts'
import { isLearned, isPair, isSpelled, spellingsOfWord, textWords } from '../search/words.ts'
import type { ArticleFilter, ArticleReaders } from './articles-queries.ts'
import { articles, conditionOf } from './articles-queries.ts'
import type { NearestRow } from './nearest-articles.ts'
import { fuse, nearestArticles } from './nearest-articles.ts'
import type { ExcerptPart } from './search-excerpt.ts'
import { createMarker } from './search-excerpt.ts'
import { partsOfWord } from './search-vocabulary.ts'

/** A search of articles in a language. */
export type ArticleSearch = {
  readonly text: string
  readonly language: string
  readonly filter: Pick<ArticleFilter, 'categoryId' | 'tags' | 'difficulty' | 'audience'>
  /** The difficulty that the reader is used to: among articles that fit about as well, those closest to it come first. */
  readonly level?: Difficulty | undefined
  /** What is known beside the text, such as the words of a ticket: it changes the order, and finds nothing by itself. */
  readonly context?: string | undefined
}

/** An article that a search found. */
export type ArticleHit = {
  readonly articleId: string
  readonly language: string
  /** The published revision whose text the excerpts are of. */
  readonly revision: number
  /** How well it fits: comparable within a search alone. */
  readonly score: number
  /** The title, cut where a searched word begins and ends. */
  readonly title: readonly ExcerptPart[]
  /** The part of its text that fits best, cut likewise. */
  readonly excerpt: readonly ExcerptPart[]
}

/** What a search found: the best articles, and the number of all that fit in each category, null for none. */
export type ArticleHits = {
  readonly hits: readonly ArticleHit[]
  readonly categories: readonly { readonly categoryId: string | null; readonly articles: number }[]
}

/** A title that what somebody types may become. */
export type ArticleSuggestion = Pick<ArticleHit, 'articleId' | 'language' | 'title'>

/**
 * The searches of articles. What is not published for everybody changes nothing that the public is shown: no hit, order,
 * score, count, correction or suggestion. There is one bound to that: by meaning the 2,000 nearest texts are looked at, so that where
 * fewer than fifty of these are for the reader, articles farther than those are found by their words alone.
 */
type ArticleSearchQueries = {
  /** The articles that fit a text best, `limit` and `mostHits` at most. */
  search(search: ArticleSearch, readers: ArticleReaders, limit: number): Promise<ArticleHits>
  /** The articles that somebody may look for who has typed a text so far; `limit` and `mostSuggestions` at most. */
  suggest(text: string, language: string, readers: ArticleReaders, limit: number): Promise<readonly ArticleSuggestion[]>
  /**
   * The articles that answer what somebody has written, for those who read what `readers` says: the port `ArticleAnswers`
   * of the domain.
   */
  answers(text: Parameters<ArticleAnswers>[0], readers: ArticleReaders): ReturnType<ArticleAnswers>
  /** The languages in which there is anything to be found. */
  languages(readers: ArticleReaders): Promise<readonly string[]>
}

/** The most hits of a search. */
export const mostHits = 20

/** The most suggestions for what somebody types. */
export const mostSuggestions = 10

/** The most words of a search that are looked for, of those that mean something. */
const mostSearchedWords = 32

/** The least score of a hit, as a share of the best one's. */
const leastShare = 0.1

/** How many of the best articles are counted by category, and how many are asked for what a filter wants. */
export const mostCounted = 200
const mostFiltered = 1_000

/** How much less a word counts than a searched one that it may stand for. */
const weights = { word: 1, nearMisspelling: 0.8, part: 0.5 } as const

/** How much a word of the page or the conversation counts beside one that somebody has written. */
const weightBeside = 0.3

/** How much a level of difficulty between the reader's and the article's takes from its score. */
const shareOfLevel = 0.05

const table = (name: string): RawBuilder<unknown> => sql`${sql.id(readSchema, name)}`

/**
 * Queries the live generation of the words of articles.
 * @param similarity finds articles by the meaning of a text too, and ranks them with those that its words find; words alone
 *   by default.
 */
export function articleSearchQueries(reader: Reader, similarity?: ArticleSimilarity): ArticleSearchQueries {
  return {
    search: async (search, readers, limit) => {
      const { text, language, filter, level, context = '' } = search
      const most = Math.min(limit, mostHits)
      const [terms, similar] = await Promise.all([
        understand(reader, text, language, readers),
        similarity?.(text, language, readers),
      ])
      const [byWords, nearest] = await Promise.all([
        terms.length === 0
          ? nothing
          : readHits(reader, {
              ...(await withBeside(reader, terms, context, language, readers)),
              language,
              filter,
              level,
              readers,
              limit: similar ? mostHits : most,
            }),
        similar ? nearestArticles(reader, similar, { language, filter, readers }) : [],
      ])
      const { rows, categories } = similar ? fuse(byWords, nearest) : byWords
      const marker = createMarker(language, new Set(byWords.terms))
      const hits = rows.slice(0, most).map((each): ArticleHit => ({
        articleId: each.id,
        language,
        revision: each.revision,
        score: each.score,
        title: marker.whole(each.title),
        excerpt: marker.best([each.excerpt, each.body].filter((part) => part !== '').join(' ')),
      }))
      return { hits, categories }
    },
    suggest: async (text, language, readers, limit) => {
      const terms = await understandBeginning(reader, text, language, readers)
      if (terms.length === 0) return []
      const { rows, terms: searched } = await readHits(reader, {
        terms,
        language,
        filter: {},
        readers,
        limit: Math.min(limit, mostSuggestions),
        inHeadings: true,
      })
      const marker = createMarker(language, new Set(searched))
      return rows.map(({ id, title }) => ({ articleId: id, language, title: marker.whole(title) }))
    },
    answers: async ({ text, language, categoryId, page }, readers) => {
      const terms = await understand(reader, text, language, readers)
      if (terms.length === 0) return []
      const query = {
        ...(await withBeside(reader, terms, page, language, readers)),
        language,
        readers,
        limit: mostAnswers,
      }
      const answer = async (filter: ArticleSearch['filter']): Promise<readonly ArticleAnswer[]> => {
        const { rows, terms: searched } = await readHits(reader, { ...query, filter })
        const marker = createMarker(language, new Set(searched))
        const confidences = confidencesOf(rows)
        if ((confidences[0] ?? 0) < leastConfidence) return []
        return rows.flatMap(({ id, revision, title, excerpt, body }, index) => {
          const confidence = confidences[index] ?? 0
          if (confidence < leastOfOthers) return []
          const parts = marker.best([excerpt, body].filter((part) => part !== '').join(' '))
          return [{ articleId: id, language, revision, title, excerpt: textOf(parts), confidence }]
        })
      }
      const inCategory = categoryId === undefined ? [] : await answer({ categoryId })
      return inCategory.length > 0 ? inCategory : answer({})
    },
    languages: async (readers) => {
      const rows = await reader.rows(sql<{ language: string }>`
        select language from ${table('article_search_total')}
        where ${readers === 'public' ? sql`public_documents` : sql`documents`} > 0 order by language`)
      return rows.map(({ language }) => language)
    },
  }
}

/** How likely it is that each of some articles answers, in their order. */
const confidencesOf = (rows: readonly HitRow[]): readonly number[] =>
  rows.map(({ share }, index) =>
    confidenceOf(share, Math.max(0, ...rows.flatMap((other, place) => (place === index ? [] : [other.share])))),
  )

const nothing: SelectedHits = { rows: [], categories: [], terms: [], fitting: [] }

const textOf = (parts: readonly ExcerptPart[]): string => parts.map(({ text }) => text).join('')

/** A term that a searched word stands for; `slot` is the place of the word in the search. */
type SearchedTerm = {
  readonly slot: number
  /** The term, or a word of the vocabulary whose terms are meant. */
  readonly term: string | null
  readonly word: string | null
  readonly weight: number
}

/** The words of a language that are in a text which the reader may see, and of these, those that a word `w` may be a part of. */
function vocabularyOf(language: string, readers: ArticleReaders) {
  const words = sql`select k.word, true as heading, k.remains from ${table('article_word')} k
    where ${readers === 'public' ? sql`k.public_documents` : sql`k.documents`} > 0`
  return {
    all: sql`(${words} and k.language = ${language})`,
    withParts: sql`(${words} and k.parts @> ${partsOfWord(sql`${language}`, 'w.word')})`,
  }
}

type LookedUp = {
  readonly word: string
  readonly empty: boolean
  readonly alike: readonly string[]
  readonly containing: readonly string[]
}

/**
 * What the words of a search stand for: each for its stem in the language and in its other spellings; for the words that
 * it may be a misspelling of, where no text has it; and for those that it is a part of. Words without a meaning of their
 * own are left out, unless there are no others.
 */
async function understand(
  reader: Reader,
  text: string,
  language: string,
  readers: ArticleReaders,
): Promise<readonly SearchedTerm[]> {
  const words = distinct(textWords(text))
  if (words.length === 0) return []
  const vocabulary = vocabularyOf(language, readers)
  const stems = words.map((word) => stemsOf(language, word).join(' '))
  const folded = words.map((word) => word.folded)
  const rows = await reader.rows(sql<LookedUp>`
    select w.word, f.empty,
      case when w.spelled and not f.empty and not exists (
        select from ${vocabulary.all} k where k.word = w.word
      ) and not exists (
        select from ${table('article_posting')} p where p.language = ${language} and p.term = any(string_to_array(w.stems, ' ')) ${visible(readers)}
      ) then ${alikeWords(vocabulary.all)} else '{}' end as alike,
      case when w.pattern is null or f.empty then '{}' else ${containingWords(vocabulary.withParts, words.length)} end as containing
    from unnest(
      ${folded}::text[], ${stems}::text[], ${folded.map(isSpelled)}::boolean[], ${folded.map(partOf)}::text[]
    ) as w (word, stems, spelled, pattern)
    cross join lateral (
      select to_tsvector(${stopWordsOf(language)}::regconfig, w.word) = ''::tsvector as empty
    ) f`)
  const lookedUp = new Map(rows.map((row) => [row.word, row]))
  const meaningful = words.filter(
    (word) => !lookedUp.get(word.folded)?.empty && (word.folded.length > 1 || isIdeograph(word)),
  )
  return (meaningful.length > 0 ? meaningful : words).slice(0, mostSearchedWords).flatMap((word, slot) => {
    const { alike = [], containing = [] } = lookedUp.get(word.folded) ?? {}
    return [
      ...ownTerms(language, word).map((term) => ({ slot, term, word: null, weight: weights.word })),
      ...meantBy({ word: word.folded, alike }).map((meant) => ({
        slot,
        term: null,
        word: meant,
        weight: weights.nearMisspelling,
      })),
      ...containing.map((each) => ({ slot, term: null, word: each, weight: weights.part })),
    ]
  })
}

/** Two letters are a part of too many words: a part has three at least, as those of tickets' words have. */
const partOf = (word: string): string | null => (isPair(word) ? null : patternOf(word))

const isIdeograph = ({ folded }: TextWord): boolean => /^\p{Ideographic}$/u.test(folded)

/** The term of a word as it is, and in its other spellings. */
const ownTerms = (language: string, word: TextWord): readonly string[] => [
  ...new Set([
    ...stemsOf(language, word),
    ...spellingsOfWord(word).flatMap((other) => stemsOf(language, { written: other, folded: other })),
  ]),
]

/** Terms, with those of what is known beside them, which count less; and how many slots were written. */
async function withBeside(
  reader: Reader,
  terms: readonly SearchedTerm[],
  beside: string | undefined,
  language: string,
  readers: ArticleReaders,
): Promise<Pick<HitQuery, 'terms' | 'slots'>> {
  if (beside === undefined || beside === '') return { terms }
  const slots = 1 + Math.max(...terms.map(({ slot }) => slot))
  const others = (await understand(reader, beside, language, readers)).map(
    ({ slot, weight, ...term }): SearchedTerm => ({ ...term, slot: slot + slots, weight: weight * weightBeside }),
  )
  return { terms: [...terms, ...others], slots }
}

/** Each word once, in the order of the text; at most twice as many as are looked for. */
const distinct = (words: readonly TextWord[]): readonly TextWord[] =>
  [...new Map(words.map((word) => [word.folded, word])).values()].slice(0, 2 * mostSearchedWords)

/** How many words that begin as the last one are meant, the most frequent first; fewer letters begin too many. */
const mostBeginnings = 20
const shortestBeginning = 2

/** As `understand`, without misspellings and parts; the last word may go on. */
async function understandBeginning(
  reader: Reader,
  text: string,
  language: string,
  readers: ArticleReaders,
): Promise<readonly SearchedTerm[]> {
  const words = distinct(textWords(text)).slice(0, mostSearchedWords)
  const last = words.at(-1)
  if (!last) return []
  const isFinished = /\s$/u.test(text)
  const terms = words.flatMap((word, slot) =>
    ownTerms(language, word).map((term): SearchedTerm => ({ slot, term, word: null, weight: 1 })),
  )
  if (isFinished || last.folded.length < shortestBeginning || !isLearned(`${last.folded}0`)) return terms
  const count = readers === 'public' ? sql`k.public_documents` : sql`k.documents`
  const rows = await reader.rows(sql<{ word: string }>`
    select k.word from ${table('article_word')} k
    where k.language = ${language} and k.word >= ${last.folded} and k.word < ${`${last.folded}\u{10ffff}`} and ${count} > 0
    order by ${count} desc, k.word limit ${mostBeginnings}`)
  return [
    ...terms,
    ...rows.map(({ word }) => ({ slot: words.length - 1, term: null, word, weight: weights.nearMisspelling })),
  ]
}

type HitQuery = {
  readonly terms: readonly SearchedTerm[]
  readonly language: string
  readonly filter: ArticleSearch['filter']
  readonly level?: Difficulty | undefined
  readonly readers: ArticleReaders
  readonly limit: number
  /** Whether only what has a term in its title or description is meant. */
  readonly inHeadings?: boolean
  /** How many of the slots were written: what fits the others alone is no hit. All unless given. */
  readonly slots?: number
}

type HitRow = Omit<NearestRow, 'categoryId' | 'nearness'> & {
  readonly score: number
  /** The score of what was written, as a share of the most that an article could have, from 0 to 1. */
  readonly share: number
}

type SelectedHits = {
  readonly rows: readonly HitRow[]
  readonly categories: ArticleHits['categories']
  /** The terms that were searched. */
  readonly terms: readonly string[]
  /** The ids of all articles that are counted by category. */
  readonly fitting: readonly string[]
}

const visible = (readers: ArticleReaders): RawBuilder<unknown> => (readers === 'public' ? sql`and p.public` : sql``)

/**
 * Scores articles by BM25 over the postings of the terms, with a weight for each text, and reads the best ones. All
 * numbers are of what the reader may see. The reader's condition is asked of the best alone, by their ids.
 */
async function readHits(
  reader: Reader,
  { terms, language, filter, level, readers, limit, inHeadings = false, slots = 2 * mostSearchedWords }: HitQuery,
): Promise<SelectedHits> {
  const of = (name: string): RawBuilder<unknown> => sql.id(readers === 'public' ? `public_${name}` : name)
  const share = (text: string): RawBuilder<unknown> =>
    sql`${sql.ref(`p.${text}`)} / (0.5::float8 + 0.5::float8 * ${sql.ref(`p.${text}_length`)} / ${sql.ref(`t.${text}`)})`
  const condition = conditionOf({ status: ['active'], language, state: 'published', ...filter }, readers)
  const isFound = sql`p.language = ${language} and p.term = s.term ${visible(readers)}
    ${inHeadings ? sql`and (p.title > 0 or p.description > 0)` : sql``}`
  const isFiltered = Object.values(filter).some((each) => each !== undefined)
  const nearness =
    level === undefined
      ? sql`1`
      : sql`(1 - ${shareOfLevel}::float8 * abs(array_position(${[...difficulties]}::text[], a.difficulty) - ${difficulties.indexOf(level) + 1}))`
  const [row] = await reader.rows(sql<SelectedHits>`
    with searched as materialized (
      select s.slot, coalesce(s.term, k.term) as term, max(s.weight) as weight
      from unnest(
        ${terms.map(({ slot }) => slot)}::integer[], ${terms.map(({ term }) => term)}::text[],
        ${terms.map(({ word }) => word)}::text[], ${terms.map(({ weight }) => weight)}::float8[]
      ) as s (slot, term, word, weight)
      left join ${table('article_word')} k on k.language = ${language} and k.word = s.word
      group by 1, 2
    ), total as materialized (
      select ${of('documents')}::float8 as documents,
        greatest(${of('title')}::float8 / ${of('documents')}, 1) as title,
        greatest(${of('description')}::float8 / ${of('documents')}, 1) as description,
        greatest(${of('body')}::float8 / ${of('documents')}, 1) as body
      from ${table('article_search_total')} where language = ${language} and ${of('documents')} > 0
    ), term as materialized (
      select s.slot, s.term, p.n, s.weight * ln(1 + (t.documents - p.n + 0.5::float8) / (p.n + 0.5::float8)) as weight
      from searched s cross join total t, lateral (
        select count(*)::float8 as n from ${table('article_posting')} p where ${isFound}
      ) p
    ), attainable as materialized (
      select sum(weight) as score from (
        select coalesce(max(weight) filter (where n > 0), max(weight)) as weight from term where slot < ${slots} group by slot
      ) s
    ), posting as (
      select s.slot, p.document, s.weight,
        3::float8 * ${share('title')} + 1.5::float8 * ${share('description')} + ${share('body')} as x
      from term s cross join total t join ${table('article_posting')} p on ${isFound}
    ), slot as (
      select document, slot, max(weight * x / (1.2::float8 + x)) as score from posting group by document, slot
    ), scored as materialized (
      select document, sum(score) as score, max(sum(score)) over () as most, sum(score) filter (where slot < ${slots}) as written
      from slot group by document
      having ${inHeadings ? sql`count(*) = ${new Set(terms.map(({ slot }) => slot)).size}` : sql`min(slot) < ${slots}`}
      order by 2 desc, 1 limit ${isFiltered ? mostFiltered : mostCounted}
    ), ranked as materialized (
      select a.id, s.document, a.category_id, s.written, round((s.score * ${nearness})::numeric, 9)::float8 as score
      from scored s join ${table('article_document')} d on d.language = ${language} and d.document = s.document,
      lateral (
        select a.id, a.category_id, a.difficulty from ${articles} where a.id = d.article_id and ${condition}
      ) a ${isFiltered ? sql`` : sql`where s.score >= ${leastShare}::float8 * s.most`}
    ), fitting as materialized (
      select * from ranked where score >= ${leastShare}::float8 * (select max(score) from ranked)
    ), best as materialized (
      select id, document, score, written from fitting order by score desc, id limit ${limit}
    )
    select (
      select coalesce(json_agg(json_build_object('id', b.id, 'score', b.score, 'share', b.written / t.score, 'revision', d.revision,
        'title', d.title, 'excerpt', d.excerpt, 'body', d.body) order by b.score desc, b.id), '[]')
      from best b cross join attainable t
        join ${table('article_document')} d on d.language = ${language} and d.document = b.document
    ) as rows, (
      select coalesce(json_agg(json_build_object('categoryId', category_id, 'articles', articles)
        order by articles desc, category_id), '[]')
      from (select category_id, count(*) as articles from fitting group by category_id) c
    ) as categories, array(select distinct s.term from searched s where s.term is not null) as terms,
      array(select id from fitting) as fitting`)
  return row ?? nothing
}
