import { articleAddress } from '@guichet/domain'
import type { ArticleRevisionRow } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import { languageOfViewer } from '../customer-language.ts'
import type { ApiContext } from '../services.ts'
import { addArticleRevision, addArticleType } from './article.ts'
import { textLinked } from './article-links.ts'
import { addressTemplate, knowledgeSettings } from './knowledge-settings.ts'

type Heading = { readonly level: number; readonly text: string; readonly anchor: string }

const mostHeadings = 500

/** Adds `ArticleRevision.html` and `headings`, and `Article.address`. What renders Markdown is loaded for the first text. */
export function addArticleHtml({ builder, use }: SchemaParts): void {
  const revision = use(addArticleRevision)
  const heading = builder.objectRef<Heading>('ArticleHeading').implement({
    description: 'A heading of an article.',
    fields: (t) => ({
      level: t.exposeInt('level', { description: 'Its level, from 1 to 6.' }),
      text: t.exposeString('text', { description: 'Its text, without marks.' }),
      anchor: t.exposeString('anchor', {
        description:
          'The name by which links lead to it, unique within the article. Its id in `html` is this with `article-` before it.',
      }),
    }),
  })
  builder.objectFields(revision, (t) => ({
    html: t.string({
      description:
        'The text, as HTML without scripts, styles, forms and frames. A link to an article that you may not read is its text alone.',
      extensions: { cost: 200 },
      resolve: htmlOf,
    }),
    headings: t.field({
      type: [heading],
      description: `The first ${mostHeadings} headings, in the order of the text.`,
      extensions: { cost: 100 },
      resolve: async ({ body }) =>
        (await import('@guichet/knowledge')).readArticle(body).headings.slice(0, mostHeadings),
    }),
  }))
  builder.objectField(use(addArticleType), 'address', (t) =>
    t.string({
      nullable: true,
      description:
        'Where readers find it on your site, by the address of the configuration: its text in the language closest to the given one, by default to yours. Null while nothing of it is published.',
      args: { language: t.arg.string({ description: 'The language.' }) },
      extensions: { cost: 5 },
      resolve: async ({ id }, { language }, context) =>
        addressOf(id, language ?? (await languageOfViewer(context)), context),
    }),
  )
}

async function htmlOf({ body, language }: ArticleRevisionRow, _: object, context: ApiContext): Promise<string> {
  const { renderArticle } = await import('@guichet/knowledge')
  return (await renderArticle(body, { addressOf: (articleId) => addressOf(articleId, language, context) })).html
}

/** The address of an article, of its text in the closest language; undefined where its reader sees none. */
async function addressOf(articleId: string, language: string, context: ApiContext): Promise<string | undefined> {
  const template = addressTemplate(await knowledgeSettings(context.services))
  const text = await textLinked(articleId, language, context)
  return text && articleAddress(template, { id: articleId, language: text.language, slug: text.slug })
}
