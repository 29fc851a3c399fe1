import { z } from 'zod'
import { fieldValues } from '../customer/details.ts'
import { defineCommand, fireSchema, internal, senders } from '../kernel/command.ts'
import type { EventOf } from '../kernel/event.ts'
import { defineEvent } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import { instantSchema, storedInstantSchema } from '../kernel/time.ts'
import { id, language as languageTag, line, printable, text } from '../kernel/values.ts'
import { storedTextSource, textSourceSchema } from './text-source.ts'

/** The limits of articles: lengths in characters, and numbers. */
export const articleLimits = {
  title: 200,
  excerpt: 500,
  body: 100_000,
  slug: 100,
  keyword: 60,
  keywords: 50,
  languages: 50,
  phrase: 200,
  phrases: 200,
  related: 20,
  /** How deep quotes, lists and brackets of a text nest. */
  nesting: 20,
} as const

/** Who reads an article or a category: everybody, or the desk alone. */
export const articleAudiences = ['internal', 'public'] as const

/** Who reads an article or a category. */
export type ArticleAudience = (typeof articleAudiences)[number]

/** How much an article expects of its reader. */
export const difficulties = ['basic', 'intermediate', 'advanced', 'expert'] as const

/** How much an article expects of its reader. */
export type Difficulty = (typeof difficulties)[number]

/** What a revision changes for its readers: translations of a text whose meaning has changed are stale. */
export const revisionChanges = ['typo', 'minor', 'major'] as const

/** What a revision changes for its readers. */
export type RevisionChange = (typeof revisionChanges)[number]

/** A part of an address: lower case letters and digits of any script, and single hyphens between them. */
export const slugSchema = z
  .string()
  .max(articleLimits.slug)
  .regex(/^[\p{Ll}\p{Lo}\p{Lm}\p{M}\p{N}-]+$/u, 'must be words in lower case, joined by -')
  .refine((slug) => slug.split('-').every((word) => word !== ''), 'must be words in lower case, joined by a single -')

const isOnce = (list: readonly string[]): boolean => new Set(list).size === list.length

const uniqueList = (element: z.ZodType<string>, max: number) =>
  z.array(element).max(max).refine(isOnce, 'must name each once')

const language = languageTag.describe('The language of the text.')
const revision = z.int().positive().describe('The number of the revision: the first one in a language is 1.')
const reason = line(limits.reason)

const content = {
  title: line(articleLimits.title).describe('The title.'),
  excerpt: printable(articleLimits.excerpt).default('').describe('What the article is about, in a sentence or two.'),
  body: text(articleLimits.body).describe('The text, as Markdown, without HTML.'),
  slug: slugSchema.optional().describe('How the address of the article ends; by its title unless given.'),
  keywords: uniqueList(line(articleLimits.keyword), articleLimits.keywords)
    .default([])
    .describe('Words by which the article is found, besides those of its text.'),
  /** The file that the text was imported from, so that an export writes it as it was. Only an import has it. */
  source: internal(textSourceSchema.optional()),
} as const

const details = {
  categoryId: id.nullable().describe('The category; null for none.'),
  audience: z
    .enum(articleAudiences)
    .describe('Who reads it. An article in a category that is internal is internal, whatever it says itself.'),
  difficulty: z.enum(difficulties).describe('How much it expects of its reader.'),
  tags: uniqueList(line(limits.tag), limits.tags).describe('Its tags.'),
  relatedIds: uniqueList(id, articleLimits.related).describe('Other articles that its readers may need.'),
  fields: fieldValues.describe('The values of own fields to set.'),
} as const

/** The definition of every command of articles, without its rule. */
export const articleCommands = {
  create: defineCommand({
    description: 'Writes the first revision of an article. Its language is the one that translations follow.',
    schema: z.strictObject({
      type: z.literal('create'),
      language,
      ...content,
      categoryId: details.categoryId.default(null),
      audience: details.audience.default('internal'),
      difficulty: details.difficulty.default('basic'),
      tags: details.tags.default([]),
      relatedIds: details.relatedIds.default([]),
      fields: details.fields.default({}),
    }),
    sentBy: senders.desk,
  }),
  revise: defineCommand({
    description:
      'Writes another revision of an article, or its first one in a language. Readers see it once it is published.',
    schema: z.strictObject({
      type: z.literal('revise'),
      language,
      basedOn: z
        .int()
        .nonnegative()
        .describe('The revision that the writer has changed; 0 for the first one in a language.'),
      ...content,
      change: z.enum(revisionChanges).default('major').describe('What it changes for readers.'),
      follows: z
        .int()
        .nonnegative()
        .optional()
        .describe(
          'Of a translation: the revision of the first language that it translates; 0 for a text older than the first one.',
        ),
    }),
    sentBy: senders.desk,
  }),
  requestReview: defineCommand({
    description: 'Asks for the review of a revision.',
    schema: z.strictObject({ type: z.literal('requestReview'), language, revision }),
    sentBy: senders.desk,
  }),
  decline: defineCommand({
    description: 'Declines a revision that waits for its review.',
    schema: z.strictObject({
      type: z.literal('decline'),
      language,
      revision,
      reason: reason.describe('What to change.'),
    }),
    sentBy: senders.desk,
  }),
  approve: defineCommand({
    description: 'Approves a revision: it may be published. Later revisions need an approval of their own.',
    schema: z.strictObject({
      type: z.literal('approve'),
      language,
      revision,
      reason: reason.optional().describe('What the reviewer has to say.'),
    }),
    sentBy: senders.desk,
  }),
  publish: defineCommand({
    description: 'Shows a revision to readers, in place of the one before.',
    schema: z.strictObject({ type: z.literal('publish'), language, revision }),
    sentBy: senders.desk,
  }),
  schedulePublication: defineCommand({
    description: 'Publishes a revision later, in place of what was planned in its language.',
    schema: z.strictObject({
      type: z.literal('schedulePublication'),
      language,
      revision,
      dueAt: instantSchema.describe('When it is published.'),
    }),
    sentBy: senders.desk,
  }),
  scheduleUnpublication: defineCommand({
    description: 'Withdraws an article from readers of a language later.',
    schema: z.strictObject({
      type: z.literal('scheduleUnpublication'),
      language,
      dueAt: instantSchema.describe('When it is withdrawn.'),
    }),
    sentBy: senders.desk,
  }),
  cancelSchedule: defineCommand({
    description: 'Cancels what is planned for an article in a language.',
    schema: z.strictObject({ type: z.literal('cancelSchedule'), language }),
    sentBy: senders.desk,
  }),
  unpublish: defineCommand({
    description: 'Withdraws an article from readers of a language.',
    schema: z.strictObject({
      type: z.literal('unpublish'),
      language,
      reason: reason.optional().describe('The reason.'),
    }),
    sentBy: senders.desk,
  }),
  changeDetails: defineCommand({
    description: 'Changes the category, audience, difficulty, tags, related articles or own fields of an article.',
    schema: z.strictObject({
      type: z.literal('changeDetails'),
      categoryId: details.categoryId.optional(),
      audience: details.audience.optional(),
      difficulty: details.difficulty.optional(),
      tags: details.tags.optional(),
      relatedIds: details.relatedIds.optional(),
      fields: details.fields.optional(),
    }),
    sentBy: senders.desk,
  }),
  confirmTranslation: defineCommand({
    description: 'Says that a translation is still right after a change of the text that it follows.',
    schema: z.strictObject({
      type: z.literal('confirmTranslation'),
      language,
      follows: revision.describe('The revision of the first language that it agrees with.'),
    }),
    sentBy: senders.desk,
  }),
  addPhrase: defineCommand({
    description: 'Adds words in which customers ask for an article, or approves those that the desk has suggested.',
    schema: z.strictObject({
      type: z.literal('addPhrase'),
      language,
      phrase: line(articleLimits.phrase).describe('The words.'),
    }),
    sentBy: senders.desk,
  }),
  suggestPhrase: defineCommand({
    description: 'Suggests words in which customers have asked for an article.',
    schema: z.strictObject({
      type: z.literal('suggestPhrase'),
      language,
      phrase: line(articleLimits.phrase),
      searches: z.int().nonnegative().default(0),
      tickets: z.int().nonnegative().default(0),
    }),
    sentBy: senders.system,
  }),
  removePhrase: defineCommand({
    description:
      'Removes words by which an article is found, or declines those that the desk has suggested: they are not suggested again.',
    schema: z.strictObject({
      type: z.literal('removePhrase'),
      language,
      phrase: line(articleLimits.phrase).describe('The words.'),
    }),
    sentBy: senders.desk,
  }),
  archive: defineCommand({
    description: 'Archives an article: readers do not find it any more.',
    schema: z.strictObject({ type: z.literal('archive'), reason: reason.describe('The reason.') }),
    sentBy: senders.desk,
  }),
  restore: defineCommand({
    description: 'Takes an article out of the archive: readers see again what was published.',
    schema: z.strictObject({ type: z.literal('restore') }),
    sentBy: senders.desk,
  }),
  delete: defineCommand({
    description: 'Deletes an article for good. Its address says so, and names its replacement.',
    schema: z.strictObject({
      type: z.literal('delete'),
      reason: reason.describe('The reason.'),
      replacedBy: id.optional().describe('The article that readers are sent to instead.'),
    }),
    sentBy: senders.desk,
  }),
  fire: defineCommand({
    description: 'Fires a deadline that fell due.',
    schema: fireSchema,
    sentBy: senders.system,
  }),
} as const

/** Their type by its name, so that declarations which refer to it stay short. */
export type ArticleCommands = { readonly [T in keyof typeof articleCommands]: (typeof articleCommands)[T] }

const name = z.string()
const number = z.int().positive()
const followed = z.int().nonnegative()
const inLanguage = z.object({ language: name })
const ofRevision = inLanguage.extend({ revision: number })
const storedReason = z.string().optional()
const storedFields = z.record(name, z.union([z.string(), z.number(), z.boolean(), z.null()]))
const storedDetails = z.object({
  categoryId: name.nullable(),
  audience: z.enum(articleAudiences),
  difficulty: z.enum(difficulties),
  tags: z.array(name),
  relatedIds: z.array(name),
  fields: storedFields,
})

/** The definition of every event of articles: their part of the event catalogue. None is about a person but its author. */
export const articleEvents = {
  /** An article begins; `language` is the one that its translations follow. Its first text is the next event. */
  ArticleCreated: defineEvent({ schema: storedDetails.extend({ language: name }), personal: {} }),
  /**
   * A text in a language, in place of the revision before it. Readers see it once it is published. `follows` is the
   * revision of the first language that a translation translates; 0 for a text older than the first revision. `source`
   * is the file that an import has read it from.
   */
  ArticleRevised: defineEvent({
    schema: ofRevision.extend({
      title: name,
      excerpt: z.string(),
      body: z.string(),
      slug: name,
      keywords: z.array(name),
      change: z.enum(revisionChanges),
      follows: followed.optional(),
      source: storedTextSource.optional(),
    }),
    personal: {},
  }),
  ArticleReviewRequested: defineEvent({ schema: ofRevision, personal: {} }),
  ArticleReviewDeclined: defineEvent({
    schema: ofRevision.extend({ reason: z.string() }),
    personal: { reason: 'author' },
  }),
  ArticleApproved: defineEvent({ schema: ofRevision.extend({ reason: storedReason }), personal: { reason: 'author' } }),
  ArticlePublished: defineEvent({ schema: ofRevision, personal: {} }),
  /** `schedule` counts what was ever planned for the article: it distinguishes this deadline from all others. */
  ArticlePublicationScheduled: defineEvent({
    schema: ofRevision.extend({ schedule: number, dueAt: storedInstantSchema }),
    personal: {},
  }),
  ArticleUnpublicationScheduled: defineEvent({
    schema: inLanguage.extend({ schedule: number, dueAt: storedInstantSchema }),
    personal: {},
  }),
  ArticleScheduleCancelled: defineEvent({ schema: inLanguage, personal: {} }),
  ArticleUnpublished: defineEvent({
    schema: inLanguage.extend({ reason: storedReason }),
    personal: { reason: 'author' },
  }),
  /** The details that have changed; of the own fields those alone, where null stands for a value that is removed. */
  ArticleDetailsChanged: defineEvent({ schema: storedDetails.partial(), personal: {} }),
  ArticleTranslationConfirmed: defineEvent({ schema: inLanguage.extend({ follows: number }), personal: {} }),
  ArticlePhraseAdded: defineEvent({ schema: inLanguage.extend({ phrase: name }), personal: {} }),
  /** `searches` and `tickets` count the people who have searched the words, or written them as the subject of a ticket. */
  ArticlePhraseSuggested: defineEvent({
    schema: inLanguage.extend({
      phrase: name,
      searches: z.int().nonnegative().optional(),
      tickets: z.int().nonnegative().optional(),
    }),
    personal: {},
  }),
  ArticlePhraseRemoved: defineEvent({ schema: inLanguage.extend({ phrase: name }), personal: {} }),
  ArticleArchived: defineEvent({ schema: z.object({ reason: z.string() }), personal: { reason: 'author' } }),
  ArticleRestored: defineEvent({ schema: z.object({}), personal: {} }),
  ArticleDeleted: defineEvent({
    schema: z.object({ reason: z.string(), replacedBy: name.optional() }),
    personal: { reason: 'author' },
  }),
} as const

/** Their type by its name, so that declarations which refer to it stay short. */
export type ArticleEvents = { readonly [T in keyof typeof articleEvents]: (typeof articleEvents)[T] }

/** Any event of an article. */
export type ArticleEvent = EventOf<ArticleEvents>
