import type {
  Actor,
  Article,
  ArticleAudience,
  ArticleCategory,
  ArticleDecline,
  ArticleSchedule,
  Difficulty,
  Instant,
  RevisionChange,
  SuggestedPhrase,
} from '@guichet/domain'
import { toInstant } from '../reading/slice.ts'

/** What there is of an article in a language. */
export type ArticleTranslationRow = {
  readonly language: string
  /** The number of the last revision. */
  readonly revision: number
  readonly inReview: number | undefined
  /** Why the last review declined its revision, if none was approved since. */
  readonly decline: ArticleDecline | undefined
  readonly approved: number | undefined
  /** The revision that readers see, and since when. */
  readonly published: number | undefined
  readonly publishedAt: Instant | undefined
  /** The revision of the first language that the last revision agrees with. */
  readonly follows: number | undefined
  /** Whether readers see a text that does not say any more what the first language says. */
  readonly isStale: boolean
  /** Who has written the revisions since the last one that was approved. */
  readonly writers: readonly string[]
  readonly schedules: readonly ArticleSchedule[]
  readonly phrases: readonly string[]
  readonly suggestedPhrases: readonly SuggestedPhrase[]
}

/** An article, without its texts. */
export type ArticleRow = Pick<
  Article,
  | 'status'
  | 'language'
  | 'categoryId'
  | 'audience'
  | 'difficulty'
  | 'tags'
  | 'relatedIds'
  | 'fields'
  | 'author'
  | 'createdAt'
  | 'updatedAt'
  | 'replacedBy'
> & {
  readonly id: string
  /** Who reads it, by its own audience and by its categories. */
  readonly reads: ArticleAudience
  readonly translations: readonly ArticleTranslationRow[]
}

/** Names a revision of an article. */
export type RevisionKey = { readonly articleId: string; readonly language: string; readonly revision: number }

/** A revision of an article: its text never changes. */
export type ArticleRevisionRow = RevisionKey & {
  readonly title: string
  readonly excerpt: string
  /** Markdown. */
  readonly body: string
  readonly slug: string
  readonly keywords: readonly string[]
  /** The anchors of its headings, by which links lead to them. */
  readonly anchors: readonly string[]
  readonly change: RevisionChange
  readonly follows: number | undefined
  readonly author: Actor
  readonly writtenAt: Instant
}

/** What a link to a revision needs of it: how its address ends, and the anchors of its headings. */
export type ArticleTargetRow = RevisionKey & Pick<ArticleRevisionRow, 'slug' | 'anchors'>

/** A link of a revision: to an article, or to a heading of its own article. */
export type ArticleLinkRow = {
  readonly targetId: string
  /** Undefined for the beginning of the article. */
  readonly anchor: string | undefined
}

/** A category of articles, with the number of articles in it that its reader sees, without those in categories that lie in it. */
export type ArticleCategoryRow = Omit<ArticleCategory, 'isRemoved' | 'sources'> & {
  readonly id: string
  /** Who reads its articles, by all categories that it lies in. */
  readonly reads: ArticleAudience
  readonly articles: number
}

/** A row of the table of articles, with who reads it and its translations. */
export type SelectedArticle = {
  readonly id: string
  readonly status: Article['status']
  readonly language: string
  readonly category_id: string | null
  readonly audience: ArticleAudience
  readonly reads: ArticleAudience
  readonly difficulty: Difficulty
  readonly tags: readonly string[]
  readonly related_ids: readonly string[]
  readonly fields: Article['fields']
  readonly author: Actor
  readonly created_at: Date
  readonly updated_at: Date
  readonly replaced_by: string | null
  readonly translations: readonly SelectedTranslation[]
}

/** As Postgres writes it in JSON. */
type SelectedTranslation = {
  readonly language: string
  readonly revision: number
  readonly in_review: number | null
  readonly decline: ArticleDecline | null
  readonly approved: number | null
  readonly published: number | null
  readonly published_at: string | null
  readonly follows: number | null
  readonly stale: boolean
  readonly writers: readonly string[]
  readonly planned: readonly ArticleSchedule[]
  readonly phrases: readonly string[]
  readonly suggested_phrases: readonly SuggestedPhrase[]
}

/** A row of the table of revisions. */
export type SelectedRevision = Omit<ArticleRevisionRow, 'articleId' | 'follows' | 'writtenAt'> & {
  readonly article_id: string
  readonly follows: number | null
  readonly written_at: Date
}

/** A row of the table of links. */
export type SelectedLink = {
  readonly article_id: string
  readonly language: string
  readonly revision: number
  readonly target_id: string
  readonly anchor: string
}

/** A row of the table of categories, with the number of articles that its reader sees. */
export type SelectedCategory = {
  readonly id: string
  readonly parent_id: string | null
  readonly sort_order: number
  readonly audience: ArticleAudience
  readonly reads: ArticleAudience
  readonly texts: ArticleCategory['texts']
  readonly articles: number
}

/** An article as it is selected. */
export const toArticle = (selected: SelectedArticle): ArticleRow => {
  const { id, status, language, audience, difficulty, tags, fields, author } = selected
  return {
    id,
    status,
    language,
    audience,
    reads: selected.reads,
    difficulty,
    tags,
    fields,
    author,
    categoryId: selected.category_id,
    relatedIds: selected.related_ids,
    createdAt: toInstant(selected.created_at),
    updatedAt: toInstant(selected.updated_at),
    replacedBy: selected.replaced_by ?? undefined,
    translations: selected.translations.map(toTranslation),
  }
}

const toTranslation = (selected: SelectedTranslation): ArticleTranslationRow => ({
  language: selected.language,
  revision: selected.revision,
  inReview: selected.in_review ?? undefined,
  decline: selected.decline ?? undefined,
  approved: selected.approved ?? undefined,
  published: selected.published ?? undefined,
  publishedAt: selected.published_at === null ? undefined : toInstant(new Date(selected.published_at)),
  follows: selected.follows ?? undefined,
  isStale: selected.stale,
  writers: selected.writers,
  schedules: selected.planned,
  phrases: selected.phrases,
  suggestedPhrases: selected.suggested_phrases,
})

/** A revision as it is selected. */
export const toRevision = ({
  article_id: articleId,
  written_at,
  follows,
  ...row
}: SelectedRevision): ArticleRevisionRow => ({
  ...row,
  articleId,
  follows: follows ?? undefined,
  writtenAt: toInstant(written_at),
})

/** A link as it is selected. */
export const toLink = ({ target_id: targetId, anchor }: SelectedLink): ArticleLinkRow => ({
  targetId,
  anchor: anchor === '' ? undefined : anchor,
})

/** The name of a revision among others. */
export const nameOf = ({ articleId, language, revision }: RevisionKey): string => `${articleId} ${language} ${revision}`

/** A category as it is selected. */
export const toCategory = (selected: SelectedCategory): ArticleCategoryRow => {
  const { id, audience, reads, texts, articles } = selected
  return { id, parentId: selected.parent_id, order: selected.sort_order, audience, reads, texts, articles }
}
