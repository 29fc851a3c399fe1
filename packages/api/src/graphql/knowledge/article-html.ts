import { addressTemplate, articleAddress } from '@guichet/domain'
import type { ArticleRevisionRow } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import { seesOwnOnly } from '../context.ts'
import { languageOfViewer } from '../customer-language.ts'
import type { ApiContext } from '../services.ts'
import { addArticleRevision, addArticleType } from './article.ts'
import { fileAddresses } from './article-files.ts'
import { textLinked } from './article-links.ts'
import { knowledgeSettings } from './knowledge-settings.ts'

type Heading = { readonly level: number; readonly text: string; readonly anchor: string }

const mostHeadings = 500

/** Adds `ArticleRevision.body`, `html` and `headings`, and `Article.address`. What renders Markdown is loaded for the first text. */
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
    body: t.string({
      description: 'The text, as Markdown. For customers a link to an article that they may not read leads nowhere.',
      extensions: { cost: 2 },
      resolve: bodyOf,
    }),
    html: t.string({
      description:
        'The text, as HTML without scripts, styles, forms and frames. A link to an article that you may not read is its text alone. Pictures and files of the article are at addresses of the help centre where everybody reads the text there, and else at paths of this server that can be used for 15 minutes.',
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

/** The Markdown of a revision for its viewer: it names no article that they do not see. */
async function bodyOf({ body, language }: ArticleRevisionRow, _: object, context: ApiContext): Promise<string> {
  if (!seesOwnOnly(context)) return body
  const { withoutHiddenLinks } = await import('@guichet/knowledge')
  return withoutHiddenLinks(body, async (id) => (await textLinked(id, language, context)) !== undefined)
}

async function htmlOf(row: ArticleRevisionRow, _: object, context: ApiContext): Promise<string> {
  const { renderArticle } = await import('@guichet/knowledge')
  const { html } = await renderArticle(row.body, {
    addressOf: (articleId) => addressOf(articleId, row.language, context),
    filesOf: (ids) => fileAddresses(row, ids, context),
  })
  return html
}

/** The address of an article, of its text in the closest language; undefined where its reader sees none. */
export async function addressOf(articleId: string, language: string, context: ApiContext): Promise<string | undefined> {
  const template = addressTemplate(await knowledgeSettings(context.services))
  const text = await textLinked(articleId, language, context)
  return text && articleAddress(template, { id: articleId, language: text.language, slug: text.slug })
}
