import { articleAddress, defaultKnowledgeSettings } from '@guichet/domain'
import type { ArticleRevisionRow } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import type { ApiContext } from '../services.ts'
import { addArticleRevision } from './article.ts'
import { textLinked } from './article-links.ts'

type Heading = { readonly level: number; readonly text: string; readonly anchor: string }

const mostHeadings = 500

/** Adds `ArticleRevision.html` and `headings`. What renders Markdown is loaded for the first of them. */
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
}

async function htmlOf({ body, language }: ArticleRevisionRow, _: object, context: ApiContext): Promise<string> {
  const { renderArticle } = await import('@guichet/knowledge')
  // A configuration that was applied before there was a setting does not have it.
  const applied = (await context.services.desk.configuration())?.knowledge
  const { address } = { ...defaultKnowledgeSettings, ...applied }
  const addressOf = async (articleId: string): Promise<string | undefined> => {
    const text = await textLinked(articleId, language, context)
    return text && articleAddress(address, { id: articleId, language: text.language, slug: text.slug })
  }
  return (await renderArticle(body, { addressOf })).html
}
