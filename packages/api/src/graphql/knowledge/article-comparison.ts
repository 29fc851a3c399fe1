import { z } from 'zod'
import type { ComparisonPart } from '@guichet/knowledge'
import { id, language, refusal } from '@guichet/domain'
import { projectionsBehind } from '@guichet/projections'
import type { ArticleRevisionRow, RevisionKey } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import { commandFields, refused, send } from '../command.ts'
import { addInputs } from '../inputs.ts'
import { addMutation } from '../mutation.ts'
import { deskOnly } from '../readers.ts'
import { addResultTypes } from '../result-types.ts'
import type { ApiContext } from '../services.ts'
import { enumOf } from '../vocabulary.ts'
import { addArticleRevision, addArticleTranslation, addArticleType } from './article.ts'

type Comparison = { readonly from: ArticleRevisionRow; readonly to: ArticleRevisionRow }

const kindNames: Readonly<Record<ComparisonPart['kind'], string>> = {
  equal: 'Both revisions have it.',
  added: 'The later revision alone has it.',
  removed: 'The earlier revision alone has it.',
}

const comparisonCost = 200

/** Adds `ArticleTranslation.comparison` and `sourceComparison`: what was changed between two revisions. */
export function addArticleComparison({ builder, use }: SchemaParts): void {
  const revision = use(addArticleRevision)
  const translation = use(addArticleTranslation)
  const kind = enumOf(builder, 'TextComparisonKind', ['equal', 'added', 'removed'] as const, {
    description: 'Which of two texts has a part.',
    describe: (word) => kindNames[word],
  })
  const part = builder.objectRef<ComparisonPart>('TextComparisonPart').implement({
    description: 'A part of the comparison of two texts. It is plain text: a page that shows it escapes it.',
    fields: (t) => ({
      kind: t.expose('kind', { type: kind, description: 'Which of the texts has it.' }),
      text: t.exposeString('text', { description: 'The text.' }),
    }),
  })
  const comparison = builder.objectRef<Comparison>('ArticleComparison').implement({
    description: 'Two revisions of an article in a language, compared by words; by lines where very much differs.',
    fields: (t) => {
      const comparing = (name: 'title' | 'excerpt' | 'body', description: string) =>
        t.field({
          type: [part],
          description,
          extensions: { cost: comparisonCost },
          resolve: async ({ from, to }) => [...(await import('@guichet/knowledge')).compareTexts(from[name], to[name])],
        })
      return {
        from: t.expose('from', { type: revision, description: 'The revision that is compared with the other.' }),
        to: t.expose('to', { type: revision, description: 'The other revision.' }),
        title: comparing('title', 'The titles, in the order of the text.'),
        excerpt: comparing('excerpt', 'What the revisions say that the article is about, in the order of the text.'),
        body: comparing('body', 'The texts, as Markdown, in their order.'),
      }
    },
  })
  builder.objectFields(translation, (t) => ({
    comparison: t.field({
      type: comparison,
      nullable: true,
      description: 'What was changed since a revision; null if there is none of that number.',
      args: {
        from: t.arg.int({ required: true, description: 'The number of the revision.' }),
        to: t.arg.int({ description: 'The number of the one that it is compared with; the last one unless given.' }),
      },
      extensions: { ...deskOnly, cost: 4 },
      resolve: ({ articleId, language: of, revision: last }, { from, to }, context) =>
        compared({ articleId, language: of }, from, to ?? last, context),
    }),
    sourceComparison: t.field({
      type: comparison,
      nullable: true,
      description:
        'Of a translation: what was changed in the first language since the revision that the last one here agrees with; null if that is older than the first one.',
      extensions: { ...deskOnly, cost: 5 },
      resolve: async ({ articleId, follows }, _, context) => {
        const article = follows === undefined ? null : await context.loaders.article.load(articleId)
        const source = article?.translations.find((each) => each.language === article.language)
        if (follows === undefined || !source) return null
        return compared({ articleId, language: source.language }, follows, source.revision, context)
      },
    }),
  }))
}

async function compared(
  text: Pick<RevisionKey, 'articleId' | 'language'>,
  from: number,
  to: number,
  { loaders }: ApiContext,
): Promise<Comparison | null> {
  const [before, after] = await Promise.all(
    [from, to].map((revision) => loaders.articleRevision.load({ ...text, revision })),
  )
  return before && after ? { from: before, to: after } : null
}

const restorationSchema = z.strictObject({
  articleId: id.describe('The article.'),
  language: language.describe('The language of the text.'),
  revision: z.int().positive().describe('The number of the revision that is written again.'),
  basedOn: z.int().positive().describe('The last revision, as its reader has seen it.'),
})

/** Adds `restoreArticleRevision`. */
export function addArticleRestoration({ builder, use }: SchemaParts): void {
  const { entityPayload } = use(addResultTypes)
  addMutation(builder, use(addInputs), 'restoreArticleRevision', {
    description:
      'Writes the text of an earlier revision again, as the last one. Readers see it once it is published, and translations follow it as after a change of what the text says.',
    payload: entityPayload('article', use(addArticleType), {
      models: projectionsBehind.articles,
      reached: 'Waits until queries show the change to everybody; false if that takes too long.',
      description: 'The article after the command.',
      read: (articleId, { loaders }) => loaders.article.load(articleId),
    }),
    schema: restorationSchema,
    fields: (t) => commandFields(t, 'the article'),
    resolve: async ({ articleId, language: of, revision: number, basedOn }, input, context) => {
      const key = { articleId, language: of, revision: number }
      const row = await context.loaders.articleRevision.load(key)
      if (!row) return refused(refusal('article_revision_not_found', { field: 'revision' }))
      const { title, excerpt, body, slug, keywords, follows } = row
      const text = { language: of, title, excerpt, body, slug, keywords: [...keywords] }
      const followed = follows === undefined ? {} : { follows }
      return send(
        context,
        'article',
        articleId,
        { type: 'revise', ...text, basedOn, change: 'major', ...followed },
        input,
      )
    },
  })
}
