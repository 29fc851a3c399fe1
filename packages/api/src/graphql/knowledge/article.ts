import type { ArticleDecline, SuggestedPhrase } from '@guichet/domain'
import { languageFor, otherLanguageOf } from '@guichet/domain'
import type { ArticleRevisionRow, ArticleRow, ArticleTranslationRow } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import { joinIds, splitIds } from '../builder.ts'
import { seesOwnOnly } from '../context.ts'
import { languageOfViewer } from '../customer-language.ts'
import { addOwnField } from '../customer/organisation.ts'
import { connectionOf, loadNodes, namesOf } from '../paging.ts'
import { deskOnly } from '../readers.ts'
import type { ApiContext } from '../services.ts'
import { addPeople } from '../vocabulary.ts'
import { addArticleCategory, loadArticleCategory } from './article-category.ts'
import { addArticleEnums } from './article-enums.ts'

/** What there is of an article in a language, and of which article. */
type TranslationView = ArticleTranslationRow & { readonly articleId: string }

/** Adds `ArticleRevision`: a text in a language, which never changes. */
export function addArticleRevision({ builder, use }: SchemaParts) {
  const { actor } = use(addPeople)
  const { change } = use(addArticleEnums)
  const revision = builder.objectRef<ArticleRevisionRow>('ArticleRevision')
  builder.node(revision, {
    description: 'A revision of the text of an article in a language. It never changes.',
    id: {
      description: 'The global id.',
      resolve: ({ articleId, language, revision: number }) => joinIds(articleId, language, number),
    },
    loadMany: loadNodes('article', loadRevision),
    fields: (t) => ({
      language: t.exposeString('language', { description: 'The language.' }),
      number: t.exposeInt('revision', { description: 'The number among the revisions in its language, from 1.' }),
      title: t.exposeString('title', { description: 'The title.' }),
      excerpt: t.exposeString('excerpt', { description: 'What the article is about; may be empty.' }),
      slug: t.exposeString('slug', { description: 'How the address of the article ends.' }),
      keywords: t.stringList({
        description: 'Words by which the article is found, besides those of its text.',
        extensions: deskOnly,
        resolve: ({ keywords }) => [...keywords],
      }),
      change: t.expose('change', { type: change, description: 'What it changes for readers.' }),
      follows: t.exposeInt('follows', {
        nullable: true,
        description: 'Of a translation: the revision of the first language that it was written by.',
      }),
      author: t.field({
        type: actor,
        nullable: true,
        description: 'Who has written it; null for customers.',
        extensions: deskOnly,
        resolve: ({ author }) => author,
      }),
      writtenAt: t.expose('writtenAt', { type: 'DateTime', description: 'When it was written.' }),
      suspectedLanguage: t.string({
        nullable: true,
        description:
          'The language in which the text seems to be written, where that is not the one of the revision: a warning to its author. Null where nothing is wrong, or the text is too short to tell, and for customers.',
        extensions: { ...deskOnly, cost: 10 },
        resolve: ({ body, language }, _, { services: { languages } }) =>
          languages && otherLanguageOf(languages, body, language),
      }),
    }),
  })
  return revision
}

/** A revision by its id, if the viewer may read it: customers read what is published of an article. */
async function loadRevision(id: string, context: ApiContext): Promise<ArticleRevisionRow | null> {
  const [articleId = '', language = '', number = ''] = splitIds(id)
  if (!/^[1-9]\d{0,8}$/.test(number)) return null
  const article = await context.loaders.article.load(articleId)
  const translation = article?.translations.find((each) => each.language === language)
  const revision = Number(number)
  if (!translation || (seesOwnOnly(context) && translation.published !== revision)) return null
  return context.loaders.articleRevision.load({ articleId, language, revision })
}

/** Adds `ArticleSchedule`: what is planned for an article in a language. */
const addArticleSchedule = ({ builder }: SchemaParts) =>
  builder.objectRef<ArticleTranslationRow['schedules'][number]>('ArticleSchedule').implement({
    description: 'What is planned for an article in a language.',
    fields: (t) => ({
      dueAt: t.expose('dueAt', { type: 'DateTime', description: 'When.' }),
      revision: t.exposeInt('revision', {
        nullable: true,
        description: 'The revision that is published then; null for the end of the publication.',
      }),
    }),
  })

/** Adds `ArticleDecline`: why a review has declined a revision. */
function addArticleDecline({ builder, use }: SchemaParts) {
  const { actor } = use(addPeople)
  return builder.objectRef<ArticleDecline>('ArticleDecline').implement({
    description: 'Why a review has declined a revision of an article.',
    fields: (t) => ({
      revision: t.exposeInt('revision', { description: 'The revision.' }),
      reason: t.exposeString('reason', { description: 'What to change.' }),
      by: t.expose('by', { type: actor, description: 'Who has declined it.' }),
      at: t.expose('at', { type: 'DateTime', description: 'When.' }),
    }),
  })
}

/** Adds `SuggestedPhrase`: words in which customers have asked for an article, and where they come from. */
const addSuggestedPhrase = ({ builder }: SchemaParts) =>
  builder.objectRef<SuggestedPhrase>('SuggestedPhrase').implement({
    description: 'Words in which at least three customers have asked for an article.',
    fields: (t) => ({
      phrase: t.exposeString('phrase', { description: 'The words, in lower case and without accents.' }),
      searches: t.exposeInt('searches', {
        description:
          'How many customers have searched them, opened the article, and found it helpful or needed no ticket and no chat for 72 hours.',
      }),
      tickets: t.exposeInt('tickets', {
        description:
          'How many have written them as the subject of a ticket that was answered with a link to the article.',
      }),
    }),
  })

/** Adds `ArticleTranslation`: what there is of an article in a language. */
export function addArticleTranslation({ builder, use }: SchemaParts) {
  const revision = use(addArticleRevision)
  const schedule = use(addArticleSchedule)
  const suggestedPhrase = use(addSuggestedPhrase)
  const decline = use(addArticleDecline)
  return builder.objectRef<TranslationView>('ArticleTranslation').implement({
    description: 'What there is of an article in a language.',
    fields: (t) => ({
      language: t.exposeString('language', { description: 'The language.' }),
      published: t.field({
        type: revision,
        nullable: true,
        description: 'The text that readers see; null while none is published.',
        extensions: { cost: 2 },
        resolve: ({ articleId, language, published }, _, { loaders }) =>
          published === undefined ? null : loaders.articleRevision.load({ articleId, language, revision: published }),
      }),
      publishedAt: t.expose('publishedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'Since when they see it.',
      }),
      latest: t.field({
        type: revision,
        nullable: true,
        description: 'The last revision, published or not; null for customers.',
        extensions: { ...deskOnly, cost: 2 },
        resolve: ({ articleId, language, revision: latest }, _, { loaders }) =>
          loaders.articleRevision.load({ articleId, language, revision: latest }),
      }),
      inReview: t.int({
        nullable: true,
        description: 'The revision that waits for its review.',
        extensions: deskOnly,
        resolve: ({ inReview }) => inReview,
      }),
      decline: t.field({
        type: decline,
        nullable: true,
        description: 'Why the last review declined its revision; null once a revision was approved since.',
        extensions: deskOnly,
        resolve: (translation) => translation.decline,
      }),
      approved: t.int({
        nullable: true,
        description: 'The last revision that was approved.',
        extensions: deskOnly,
        resolve: ({ approved }) => approved,
      }),
      follows: t.int({
        nullable: true,
        description: 'Of a translation: the revision of the first language that the last revision agrees with.',
        extensions: deskOnly,
        resolve: ({ follows }) => follows,
      }),
      isStale: t.exposeBoolean('isStale', {
        description:
          'Whether readers see a text that does not say any more what the first language says: a change of more than its spelling was published there since.',
      }),
      planned: t.field({
        type: [schedule],
        description: 'What is planned, in the order in which it was.',
        extensions: deskOnly,
        resolve: ({ schedules }) => [...schedules],
      }),
      phrases: t.stringList({
        description: 'Words in which customers ask for the article.',
        extensions: deskOnly,
        resolve: ({ phrases }) => [...phrases],
      }),
      suggestedPhrases: t.field({
        type: [suggestedPhrase],
        description: 'Such words that the desk suggests and nobody has approved or declined yet.',
        extensions: deskOnly,
        resolve: ({ suggestedPhrases }) => [...suggestedPhrases],
      }),
      revisions: t.connection(
        {
          type: revision,
          description: 'All revisions, the last one first.',
          extensions: { ...deskOnly, cost: 50 },
          resolve: ({ articleId, language }, args, { read }) =>
            connectionOf('revisions', args, async (page) =>
              (await read('articles')).revisionsOf(articleId, language, page),
            ),
        },
        ...namesOf('ArticleRevision'),
      ),
    }),
  })
}

/** Adds `Article`. Customers see those that are published for everybody, in the languages that they are published in. */
export function addArticleType({ builder, use }: SchemaParts) {
  const { actor } = use(addPeople)
  const ownField = use(addOwnField)
  const translation = use(addArticleTranslation)
  const category = use(addArticleCategory)
  const enums = use(addArticleEnums)
  const article = builder.objectRef<ArticleRow>('Article')
  builder.node(article, {
    description: 'An article of the knowledge base.',
    id: { description: 'The global id. Queries and mutations take it as well as `key`.', resolve: ({ id }) => id },
    loadMany: loadNodes('article', (id, { loaders }) => loaders.article.load(id)),
    fields: (t) => ({
      key: t.exposeID('id', { description: 'The id in addresses, in commands and on the command line.' }),
      status: t.expose('status', { type: enums.status, description: 'Whether it is in use.' }),
      language: t.exposeString('language', { description: 'The language that its translations follow.' }),
      category: t.field({
        type: category,
        nullable: true,
        description: 'Its category; null for none, and for one that was removed.',
        extensions: { cost: 2 },
        resolve: ({ categoryId }, _, context) =>
          categoryId === null ? null : loadArticleCategory(categoryId, context),
      }),
      audience: t.field({
        type: enums.audience,
        description: 'Who reads it: by what it says itself, and by all categories that it lies in.',
        resolve: ({ reads }) => reads,
      }),
      difficulty: t.expose('difficulty', { type: enums.difficulty, description: 'How much it expects of its reader.' }),
      tags: t.stringList({ description: 'Its tags.', resolve: ({ tags }) => [...tags] }),
      fields: t.field({
        type: [ownField],
        description: 'The values of own fields.',
        extensions: deskOnly,
        resolve: ({ fields }) => Object.entries(fields),
      }),
      author: t.field({
        type: actor,
        nullable: true,
        description: 'Who has begun it; null for customers.',
        extensions: deskOnly,
        resolve: ({ author }) => author,
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was begun.' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When anything of it has changed last.' }),
      replacedBy: t.field({
        type: article,
        nullable: true,
        description: 'Of a deleted article: the one that readers are sent to instead.',
        extensions: { cost: 2 },
        resolve: ({ replacedBy }, _, { loaders }) =>
          replacedBy === undefined ? null : loaders.article.load(replacedBy),
      }),
      related: t.field({
        type: [article],
        description: 'Other articles that its readers may need, as its authors have named them.',
        extensions: { cost: 20 },
        resolve: async ({ relatedIds }, _, { loaders }) =>
          (await loaders.article.loadMany(relatedIds)).filter((each): each is ArticleRow => isRow(each)),
      }),
      translations: t.field({
        type: [translation],
        description: 'What there is of it, by language. Customers get those that are published.',
        resolve: (row, _, context) => translationsOf(row, context),
      }),
      translation: t.field({
        type: translation,
        nullable: true,
        description:
          'What there is of it in the language closest to the given one, by default to yours; otherwise in its first one.',
        args: { language: t.arg.string({ description: 'The language.' }) },
        resolve: async (row, { language }, context) => {
          const translations = translationsOf(row, context)
          if (translations.length === 0) return null
          const byLanguage = Object.fromEntries(translations.map((each) => [each.language, each]))
          return byLanguage[languageFor(byLanguage, language ?? (await languageOfViewer(context)), row.language)]
        },
      }),
    }),
  })
  return article
}

/** Adds the connection of lists of articles. */
export function addArticleConnection({ builder, use }: SchemaParts) {
  const [connectionName, edgeName] = namesOf('Article')
  return builder.connectionObject({ type: use(addArticleType), ...connectionName }, edgeName)
}

const isRow = (loaded: ArticleRow | Error | null): loaded is ArticleRow => loaded !== null && 'translations' in loaded

const translationsOf = ({ id, translations }: ArticleRow, context: ApiContext): readonly TranslationView[] =>
  translations
    .filter(({ published }) => published !== undefined || !seesOwnOnly(context))
    .map((each) => ({ ...each, articleId: id }))
