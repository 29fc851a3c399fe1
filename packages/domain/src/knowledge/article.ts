import { typedFields } from '../customer/details.ts'
import type { Actor } from '../kernel/actor.ts'
import { importActor } from '../kernel/actor.ts'
import type { DefinedAggregate } from '../kernel/aggregate.ts'
import { defineAggregate } from '../kernel/aggregate.ts'
import { earliestFirst } from '../kernel/decider.ts'
import { eventsFrom } from '../kernel/event.ts'
import { isDeepEqual } from '../kernel/fingerprint.ts'
import type { Refusal } from '../kernel/refusal.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import { cutTo, id } from '../kernel/values.ts'
import type { ArticleCommands, ArticleEvents } from './article-catalogue.ts'
import { articleCommands, articleEvents, articleLimits } from './article-catalogue.ts'
import type { Article, ArticleState, ArticleTranslation } from './article-state.ts'
import { evolveArticle, revisionFingerprint, revisionSourceFingerprint, translationIn } from './article-state.ts'
import { nestingOf } from './nesting.ts'
import type { KnowledgeSettings } from './settings.ts'

const articleEvent = eventsFrom<ArticleEvents>()

/** The commands that change nothing of a deleted article, and are not refused: it is gone already. */
const withoutEffect: readonly string[] = ['delete', 'suggestPhrase', 'fire']

/**
 * Articles of the knowledge base: the streams `article-<id>`. An article has a text in each of its languages. Each text
 * has revisions, of which readers see the published one while the next is written; a revision is published once it is
 * approved, and never changes.
 */
export const articleAggregate: DefinedAggregate<ArticleCommands, ArticleEvents, ArticleState, KnowledgeSettings> =
  defineAggregate({
    category: 'article',
    id,
    commands: articleCommands,
    events: articleEvents,
    initial: { status: 'absent' },
    begunBy: ['create'],
    notFound: 'article_not_found',
    evolve: evolveArticle,
    first: ({ type }, { status }) => {
      if (status !== 'deleted' || type === 'create') return undefined
      return withoutEffect.includes(type) ? accept([]) : deny(refusal('article_deleted'))
    },
    rules: {
      create: (command, state, settings: KnowledgeSettings) => {
        if (state.status !== 'absent') return deny(refusal('article_already_created'))
        if (isTooDeep(command)) return deny(tooDeep)
        const { language, categoryId, audience, difficulty, tags, relatedIds, source } = command
        const typed = typedFields(command.fields, settings.fields)
        if (!typed.ok) return typed
        const details = { categoryId, audience, difficulty, tags, relatedIds, fields: typed.value }
        const first = { language, revision: 1, ...textOf(command), change: 'major', ...(source && { source }) } as const
        return accept([
          articleEvent('ArticleCreated', command, { language, ...details }),
          articleEvent('ArticleRevised', command, first),
        ])
      },

      revise: (command, article) => {
        const { language, basedOn, change, follows, source } = command
        if (isTooDeep(command)) return deny(tooDeep)
        const translation = translationIn(article, language)
        const text = textOf(command)
        const isSameFile = !source || translation.sourceFingerprint === revisionSourceFingerprint(text, source)
        if (translation.fingerprint === revisionFingerprint(text) && isSameFile) return accept([])
        if (basedOn !== translation.revision) return deny(revisedSince(translation, basedOn))
        const isTranslation = language !== article.language
        const followed = isTranslation ? followedBy(article, follows ?? translation.follows) : noneFollowed(follows)
        if (!followed.ok) return followed
        if (translation.revision === 0 && Object.keys(article.translations).length >= articleLimits.languages)
          return deny(refusal('too_many', { message: `an article has ${articleLimits.languages} languages at most` }))
        return accept([
          articleEvent('ArticleRevised', command, {
            language,
            revision: translation.revision + 1,
            ...text,
            change,
            ...(followed.value !== undefined && { follows: followed.value }),
            ...(source && { source }),
          }),
        ])
      },

      requestReview: (command, article) => {
        const { language, revision } = command
        const translation = translationIn(article, language)
        const refused = refuseUnlessLatest(translation, revision)
        if (refused) return deny(refused)
        if (translation.inReview === revision || translation.approved === revision) return accept([])
        return accept([articleEvent('ArticleReviewRequested', command, { language, revision })])
      },

      decline: (command, article) => {
        const { language, revision, reason } = command
        const translation = translationIn(article, language)
        const refused = refuseUnlessLatest(translation, revision)
        if (refused) return deny(refused)
        if (translation.inReview !== revision) return deny(refusal('article_not_in_review'))
        return accept([articleEvent('ArticleReviewDeclined', command, { language, revision, reason })])
      },

      approve: (command, article, { approval }: KnowledgeSettings) => {
        const { by, language, revision, reason } = command
        const translation = translationIn(article, language)
        const refused = refuseUnlessLatest(translation, revision)
        if (refused) return deny(refused)
        if (translation.approved === revision) return accept([])
        if (approval === 'another_person' && translation.writers.includes(by.id) && !isOwnImport(by, translation))
          return deny(refusal('article_own_approval', { field: 'by' }))
        return accept([
          articleEvent('ArticleApproved', command, { language, revision, ...(reason !== undefined && { reason }) }),
        ])
      },

      publish: (command, article, settings: KnowledgeSettings) => {
        const { language, revision } = command
        const translation = translationIn(article, language)
        if (translation.published === revision && article.status === 'active') return accept([])
        const refused = refusePublication(article, translation, revision, settings)
        if (refused) return deny(refused)
        return accept([articleEvent('ArticlePublished', command, { language, revision })])
      },

      schedulePublication: (command, article, settings: KnowledgeSettings) => {
        const { at, language, revision, dueAt } = command
        const translation = translationIn(article, language)
        const refused = refusePublication(article, translation, revision, settings)
        if (refused) return deny(refused)
        if (dueAt <= at) return deny(refusal('due_in_the_past', { field: 'dueAt' }))
        if (translation.schedules.some((each) => each.revision === revision && each.dueAt === dueAt)) return accept([])
        const schedule = article.scheduleCount + 1
        return accept([articleEvent('ArticlePublicationScheduled', command, { language, revision, schedule, dueAt })])
      },

      scheduleUnpublication: (command, article) => {
        const { at, language, dueAt } = command
        const { published, schedules } = translationIn(article, language)
        if (published === undefined && !schedules.some((each) => each.revision !== undefined))
          return deny(refusal('article_not_published', { field: 'language' }))
        if (dueAt <= at) return deny(refusal('due_in_the_past', { field: 'dueAt' }))
        if (schedules.some((each) => each.revision === undefined && each.dueAt === dueAt)) return accept([])
        const schedule = article.scheduleCount + 1
        return accept([articleEvent('ArticleUnpublicationScheduled', command, { language, schedule, dueAt })])
      },

      cancelSchedule: (command, article) => {
        const { language } = command
        const { schedules } = translationIn(article, language)
        return accept(schedules.length === 0 ? [] : [articleEvent('ArticleScheduleCancelled', command, { language })])
      },

      unpublish: (command, article) => {
        const { language, reason } = command
        if (translationIn(article, language).published === undefined) return accept([])
        return accept([
          articleEvent('ArticleUnpublished', command, { language, ...(reason !== undefined && { reason }) }),
        ])
      },

      changeDetails: (command, article, settings: KnowledgeSettings) => {
        const { categoryId, audience, difficulty, tags, relatedIds } = command
        if (relatedIds?.includes(command.aggregateId))
          return deny(refusal('article_related_to_itself', { field: 'relatedIds' }))
        const typed = typedFields(command.fields ?? {}, settings.fields)
        if (!typed.ok) return typed
        const named = { categoryId, audience, difficulty, tags, relatedIds }
        const changes = Object.fromEntries(
          Object.entries(named).filter(
            ([name, value]) => value !== undefined && !isDeepEqual(value, article[name as keyof typeof named]),
          ),
        ) as { readonly [K in keyof typeof named]?: Exclude<(typeof named)[K], undefined> }
        const fields = Object.fromEntries(
          Object.entries(typed.value).filter(([name, value]) => value !== (article.fields[name] ?? null)),
        )
        const hasFields = Object.keys(fields).length > 0
        if (Object.keys(changes).length === 0 && !hasFields) return accept([])
        return accept([articleEvent('ArticleDetailsChanged', command, { ...changes, ...(hasFields && { fields }) })])
      },

      confirmTranslation: (command, article) => {
        const { language, follows } = command
        const translation = translationIn(article, language)
        if (translation.revision === 0) return deny(refusal('article_revision_not_found', { field: 'language' }))
        if (language === article.language) return deny(refusal('article_not_a_translation', { field: 'language' }))
        const followed = followedBy(article, follows)
        if (!followed.ok) return followed
        if (translation.follows === follows) return accept([])
        return accept([articleEvent('ArticleTranslationConfirmed', command, { language, follows })])
      },

      addPhrase: (command, article) => {
        const { language, phrase } = command
        const { phrases } = translationIn(article, language)
        if (phrases.includes(phrase)) return accept([])
        if (phrases.length >= articleLimits.phrases)
          return deny(
            refusal('too_many', { message: `an article has ${articleLimits.phrases} phrases in a language at most` }),
          )
        return accept([articleEvent('ArticlePhraseAdded', command, { language, phrase })])
      },

      suggestPhrase: (command, article) => {
        const { language, phrase, searches, tickets } = command
        const { phrases, suggestedPhrases, declinedPhrases } = translationIn(article, language)
        const isFull = suggestedPhrases.length >= articleLimits.phrases
        const isJudged = [...phrases, ...declinedPhrases].includes(phrase)
        if (isFull || isJudged || suggestedPhrases.some((each) => each.phrase === phrase)) return accept([])
        return accept([articleEvent('ArticlePhraseSuggested', command, { language, phrase, searches, tickets })])
      },

      removePhrase: (command, article) => {
        const { language, phrase } = command
        const { phrases, suggestedPhrases } = translationIn(article, language)
        const isThere = phrases.includes(phrase) || suggestedPhrases.some((each) => each.phrase === phrase)
        return accept(isThere ? [articleEvent('ArticlePhraseRemoved', command, { language, phrase })] : [])
      },

      archive: (command, article) => {
        const { reason } = command
        return accept(article.status === 'archived' ? [] : [articleEvent('ArticleArchived', command, { reason })])
      },

      restore: (command, article) => {
        return accept(article.status === 'active' ? [] : [articleEvent('ArticleRestored', command, {})])
      },

      delete: (command) => {
        const { aggregateId, reason, replacedBy } = command
        if (replacedBy === aggregateId) return deny(refusal('article_related_to_itself', { field: 'replacedBy' }))
        return accept([
          articleEvent('ArticleDeleted', command, { reason, ...(replacedBy !== undefined && { replacedBy }) }),
        ])
      },

      fire: (command, article) => {
        for (const [language, { schedules }] of Object.entries(article.translations)) {
          const due = schedules.find(({ schedule }) => schedule === command.cycle)
          if (!due) continue
          const { revision } = due
          if (revision !== undefined) return accept([articleEvent('ArticlePublished', command, { language, revision })])
          return accept([articleEvent('ArticleUnpublished', command, { language })])
        }
        return accept([])
      },
    },
    deadlineKinds: ['article_publication', 'article_unpublication'],
    deadlines: (state) =>
      state.status !== 'active'
        ? []
        : Object.values(state.translations)
            .flatMap(({ schedules }) => schedules)
            .map(({ schedule, dueAt, revision }) => {
              const kind = revision === undefined ? 'article_unpublication' : 'article_publication'
              return { kind, dueAt, cycle: schedule } as const
            })
            .sort(earliestFirst),
    labels: (state) => {
      if (state.status === 'absent') return undefined
      const isPlanned = Object.values(state.translations).some(({ schedules }) => schedules.length > 0)
      return { status: isPlanned ? 'planned' : 'closed', late: false, outstanding: false }
    },
  })

/** Whether a text nests deeper than any reader follows: what is deeper would not be shown. */
const isTooDeep = ({ body }: { readonly body: string }): boolean => nestingOf(body) > articleLimits.nesting

const tooDeep = refusal('article_too_deep', { field: 'body' })

/** The text of a revision: its address is that of its title, unless its writer has given another one. */
const textOf = ({
  title,
  excerpt,
  body,
  slug,
  keywords,
}: {
  readonly title: string
  readonly excerpt: string
  readonly body: string
  readonly slug?: string | undefined
  readonly keywords: readonly string[]
}) => ({ title, excerpt, body, slug: slug ?? slugOf(title), keywords: [...keywords] })

/** The end of an address that a title makes: its words in lower case, joined by hyphens; `article` for one without words. */
export function slugOf(title: string): string {
  const words =
    title
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{Ll}\p{Lo}\p{Lm}\p{M}\p{N}]+/gu) ?? []
  return cutTo(words.join('-'), articleLimits.slug).replace(/-$/, '') || 'article'
}

/**
 * Whether an import approves what nobody but the import has written: it brings in what was approved elsewhere. There is no
 * such exception for people, nor for a text that anybody else has written a part of.
 */
const isOwnImport = ({ kind, id: approver }: Actor, { writers }: ArticleTranslation): boolean =>
  kind === importActor.kind && approver === importActor.id && writers.every((writer) => writer === importActor.id)

/** The revision of the first language that a translation follows: the last one unless its writer says otherwise. */
function followedBy(article: Article, follows: number | undefined) {
  const { revision } = translationIn(article, article.language)
  if (follows === undefined || follows <= revision) return accept(follows ?? revision)
  return deny(refusal('article_revision_not_found', { field: 'follows' }))
}

const noneFollowed = (follows: number | undefined) =>
  follows === undefined ? accept(undefined) : deny(refusal('article_not_a_translation', { field: 'follows' }))

/** The refusal of a text that was based on another revision than the last one: it says who has written that, and when. */
function revisedSince({ revision, revisedBy, revisedAt }: ArticleTranslation, basedOn: number): Refusal {
  const author = revisedBy && ` by ${revisedBy.name ?? revisedBy.id} at ${revisedAt}`
  const message =
    revision < basedOn
      ? `there is no revision ${basedOn}: the last one is ${revision}`
      : `revision ${revision} was written${author ?? ''} since revision ${basedOn}; compare with it first`
  return refusal('article_revised', { message, field: 'basedOn' })
}

/** The refusal of what concerns a revision that is not the last one: its sender has not seen what was written since. */
function refuseUnlessLatest({ revision: latest }: ArticleTranslation, revision: number): Refusal | undefined {
  if (revision > latest) return refusal('article_revision_not_found', { field: 'revision' })
  if (revision === latest) return undefined
  return refusal('article_revised', { message: `revision ${latest} was written since`, field: 'revision' })
}

function refusePublication(
  article: Article,
  { revision: latest, approved }: ArticleTranslation,
  revision: number,
  { approval }: KnowledgeSettings,
): Refusal | undefined {
  if (article.status === 'archived') return refusal('article_archived')
  if (revision > latest) return refusal('article_revision_not_found', { field: 'revision' })
  if (approved === revision || (approval === 'none' && revision === latest)) return undefined
  return refusal('article_not_approved', { field: 'revision' })
}
