import type { FieldValue } from '../customer/details.ts'
import type { Actor } from '../kernel/actor.ts'
import type { EventData } from '../kernel/event.ts'
import type { Distinction } from '../kernel/fields.ts'
import { withoutNulls, withoutUndefined } from '../kernel/fields.ts'
import { fingerprintOf } from '../kernel/fingerprint.ts'
import type { Instant } from '../kernel/time.ts'
import type { ArticleEvent, articleEvents, ArticleAudience, Difficulty } from './article-catalogue.ts'
import { articleLimits } from './article-catalogue.ts'
import type { TextSource } from './text-source.ts'
import { sourceFingerprint } from './text-source.ts'

/** What is planned for an article in a language: a revision is published, or readers do not see it any more. */
export type ArticleSchedule = {
  /** How many were planned for the article before, and this one. */
  readonly schedule: number
  readonly dueAt: Instant
  /** The revision to be published; undefined for the end of a publication. */
  readonly revision: number | undefined
}

/** Why a review has declined a revision. */
export type ArticleDecline = {
  readonly revision: number
  readonly reason: string
  readonly by: Actor
  readonly at: Instant
}

/** Words in which customers have asked for an article: how many of them by a search, and by a ticket. */
export type SuggestedPhrase = { readonly phrase: string; readonly searches: number; readonly tickets: number }

/** What there is of an article in a language. Its texts are not part of the state: no rule reads them. */
export type ArticleTranslation = {
  /** The number of the last revision. */
  readonly revision: number
  /** Who has written it, and when; undefined before the first one. */
  readonly revisedBy: Actor | undefined
  readonly revisedAt: Instant | undefined
  /** The fingerprint of its text: a text that is saved twice is one revision. */
  readonly fingerprint: string
  /** The last revision that an import has written, and the fingerprint of the file that it has read; 0 and empty for none. */
  readonly sourceRevision: number
  readonly sourceFingerprint: string
  /** Who has written the revisions since the last one that was approved, that one included until the next begins. */
  readonly writers: readonly string[]
  /** The revisions that change more than the spelling. */
  readonly significant: readonly number[]
  /** The revision of the first language that the last revision agrees with: 0 for none that is there; undefined in the first language. */
  readonly follows: number | undefined
  /** The revision that waits for its review. */
  readonly inReview: number | undefined
  /** Why the last review declined its revision; undefined once a revision was approved, or that or a later one published, since. */
  readonly decline: ArticleDecline | undefined
  /** The last revision that was approved, and what it follows. */
  readonly approved: number | undefined
  readonly approvedFollows: number | undefined
  /** The revision that readers see. */
  readonly published: number | undefined
  /** What the published revision follows. */
  readonly publishedFollows: number | undefined
  readonly schedules: readonly ArticleSchedule[]
  /** Words in which customers ask for the article. */
  readonly phrases: readonly string[]
  /** Such words that nobody has approved yet. */
  readonly suggestedPhrases: readonly SuggestedPhrase[]
  /** The last of those that were removed or declined: they are not suggested again. */
  readonly declinedPhrases: readonly string[]
}

/** The details of an article, whatever its languages. */
export type ArticleDetails = {
  readonly categoryId: string | null
  readonly audience: ArticleAudience
  readonly difficulty: Difficulty
  readonly tags: readonly string[]
  readonly relatedIds: readonly string[]
  readonly fields: Readonly<Record<string, FieldValue>>
}

/** Whether an article is in use, in the archive, or deleted for good. */
export const articleStatuses = ['active', 'archived', 'deleted'] as const

/** An article of the knowledge base. */
export type Article = ArticleDetails & {
  readonly status: (typeof articleStatuses)[number]
  /** The language that translations follow. */
  readonly language: string
  readonly translations: Readonly<Record<string, ArticleTranslation>>
  readonly author: Actor
  readonly createdAt: Instant
  readonly updatedAt: Instant
  /** How much was ever planned for it. */
  readonly scheduleCount: number
  /** The article that readers of a deleted one are sent to. */
  readonly replacedBy?: string | undefined
}

/** The state of an article; `absent` before its first revision. */
export type ArticleState = { readonly status: 'absent' } | Article

const noTranslation: ArticleTranslation = {
  revision: 0,
  revisedBy: undefined,
  revisedAt: undefined,
  fingerprint: '',
  sourceRevision: 0,
  sourceFingerprint: '',
  writers: [],
  significant: [],
  follows: undefined,
  inReview: undefined,
  decline: undefined,
  approved: undefined,
  approvedFollows: undefined,
  published: undefined,
  publishedFollows: undefined,
  schedules: [],
  phrases: [],
  suggestedPhrases: [],
  declinedPhrases: [],
}

/** What there is of an article in a language: nothing yet, with revision 0, for one that it does not have. */
export const translationIn = ({ translations }: Pick<Article, 'translations'>, language: string): ArticleTranslation =>
  (Object.hasOwn(translations, language) ? translations[language] : undefined) ?? noTranslation

/** The text of a revision, as it is compared. */
type RevisionText = Omit<
  EventData<typeof articleEvents, 'ArticleRevised'>,
  'language' | 'revision' | 'change' | 'follows' | 'source'
>

const comparable = ({ title, excerpt, body, slug, keywords }: RevisionText): Distinction<RevisionText, never> => ({
  title,
  excerpt,
  body,
  slug,
  keywords,
})

/** The fingerprint of the text of a revision. */
export const revisionFingerprint = (text: RevisionText): string => fingerprintOf(comparable(text))

/** The fingerprint of the file that a revision was imported from; empty without one. */
export const revisionSourceFingerprint = (text: RevisionText, source: TextSource | undefined): string =>
  source ? sourceFingerprint(comparable(text), source) : ''

/**
 * Whether readers of a language see a text that does not say any more what the first language says: a revision of that
 * was published since which changes more than the spelling.
 */
export function isStaleTranslation(article: Article, language: string): boolean {
  if (language === article.language) return false
  const { published: ofSource, significant } = translationIn(article, article.language)
  const { published, publishedFollows = 0 } = translationIn(article, language)
  if (published === undefined || ofSource === undefined) return false
  return significant.some((revision) => revision > publishedFollows && revision <= ofSource)
}

/** An article after an event. */
export function evolveArticle(state: ArticleState, event: ArticleEvent): ArticleState {
  if (event.type === 'ArticleCreated') {
    const { at, by, language, categoryId, audience, difficulty, tags, relatedIds, fields } = event
    return {
      status: 'active',
      language,
      categoryId,
      audience,
      difficulty,
      tags,
      relatedIds,
      fields: withoutNulls(fields),
      translations: {},
      author: by,
      createdAt: at,
      updatedAt: at,
      scheduleCount: 0,
    }
  }
  if (state.status === 'absent') return state
  const article = { ...state, updatedAt: event.at }
  switch (event.type) {
    case 'ArticleArchived':
      return { ...article, status: 'archived' }
    case 'ArticleRestored':
      return { ...article, status: 'active' }
    case 'ArticleDeleted':
      return { ...article, status: 'deleted', replacedBy: event.replacedBy }
    case 'ArticleDetailsChanged': {
      const { type: _type, at: _at, by: _by, fields = {}, ...changes } = event
      return {
        ...article,
        ...(withoutUndefined(changes) as Partial<ArticleDetails>),
        fields: withoutNulls({ ...article.fields, ...fields }),
      }
    }
    default: {
      const translation = evolveTranslation(translationIn(article, event.language), event)
      const translations = { ...article.translations, [event.language]: translation }
      const scheduleCount = 'schedule' in event ? event.schedule : article.scheduleCount
      return { ...article, translations, scheduleCount }
    }
  }
}

type TranslationEvent = Extract<ArticleEvent, { readonly language: string }>

function evolveTranslation(before: ArticleTranslation, event: TranslationEvent): ArticleTranslation {
  switch (event.type) {
    case 'ArticleRevised': {
      const { at, by, revision, change, follows, source } = event
      const writers = before.approved === before.revision ? [] : before.writers
      return {
        ...before,
        revision,
        revisedBy: by,
        revisedAt: at,
        fingerprint: revisionFingerprint(event),
        ...(source && { sourceRevision: revision, sourceFingerprint: revisionSourceFingerprint(event, source) }),
        writers: [...new Set([...writers, by.id])],
        significant: change === 'typo' ? before.significant : [...before.significant, revision],
        follows: follows ?? before.follows,
        inReview: undefined,
      }
    }
    case 'ArticleReviewRequested':
      return { ...before, inReview: event.revision }
    case 'ArticleReviewDeclined': {
      const { revision, reason, by, at } = event
      return { ...before, inReview: undefined, decline: { revision, reason, by, at } }
    }
    case 'ArticleApproved': {
      const after = { ...before, inReview: undefined, decline: undefined }
      return { ...after, approved: event.revision, approvedFollows: before.follows }
    }
    case 'ArticlePublished': {
      const { revision } = event
      const publishedFollows = revision === before.revision ? before.follows : before.approvedFollows
      const schedules = before.schedules.filter((each) => each.revision === undefined || each.revision > revision)
      const decline = before.decline && before.decline.revision <= revision ? undefined : before.decline
      return { ...before, published: revision, publishedFollows, schedules, decline }
    }
    case 'ArticlePublicationScheduled': {
      const { schedule, revision, dueAt } = event
      const others = before.schedules.filter((each) => each.revision === undefined)
      return { ...before, schedules: [...others, { schedule, revision, dueAt }] }
    }
    case 'ArticleUnpublicationScheduled': {
      const { schedule, dueAt } = event
      const others = before.schedules.filter((each) => each.revision !== undefined)
      return { ...before, schedules: [...others, { schedule, revision: undefined, dueAt }] }
    }
    case 'ArticleScheduleCancelled':
      return { ...before, schedules: [] }
    case 'ArticleUnpublished':
      return {
        ...before,
        published: undefined,
        schedules: before.schedules.filter((each) => each.revision !== undefined),
      }
    case 'ArticleTranslationConfirmed': {
      const { follows } = event
      return { ...before, follows, approvedFollows: follows, publishedFollows: follows }
    }
    case 'ArticlePhraseAdded':
      return { ...withoutPhrase(before, event.phrase), phrases: [...before.phrases, event.phrase] }
    case 'ArticlePhraseSuggested': {
      const { phrase, searches = 0, tickets = 0 } = event
      return { ...before, suggestedPhrases: [...before.suggestedPhrases, { phrase, searches, tickets }] }
    }
    case 'ArticlePhraseRemoved': {
      const translation = withoutPhrase(before, event.phrase)
      const declinedPhrases = [...translation.declinedPhrases, event.phrase].slice(-articleLimits.phrases)
      return { ...translation, declinedPhrases }
    }
    case 'ArticleCreated':
      return before
  }
}

const withoutPhrase = (translation: ArticleTranslation, phrase: string): ArticleTranslation => ({
  ...translation,
  phrases: translation.phrases.filter((each) => each !== phrase),
  suggestedPhrases: translation.suggestedPhrases.filter((each) => each.phrase !== phrase),
  declinedPhrases: translation.declinedPhrases.filter((each) => each !== phrase),
})
