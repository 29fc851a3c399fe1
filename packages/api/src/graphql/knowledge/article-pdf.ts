import { isPrintable } from '../../article-pdf/print-limits.ts'
import type { SchemaParts } from '../builder.ts'
import { languageOfViewer } from '../customer-language.ts'
import { deskOnly } from '../readers.ts'
import { addArticleType } from './article.ts'
import { publishedTextOf } from './article-links.ts'

/** The end of the path of an article as a PDF. */
export const pdfFile = 'article.pdf'

/** Adds `Article.pdfAddress`: where the desk gets what is published of an article as a PDF, also of an internal one. */
export function addArticlePdf({ builder, use }: SchemaParts): void {
  builder.objectField(use(addArticleType), 'pdfAddress', (t) =>
    t.string({
      nullable: true,
      description:
        'The path of this server at which the desk, with its token, gets what is published of it as a PDF: its text in the language closest to the given one, by default to yours. Null for customers, while nothing of it is published, and where its letters cannot be printed.',
      args: { language: t.arg.string({ description: 'The language.' }) },
      extensions: deskOnly,
      resolve: async (article, { language }, context) => {
        const text = publishedTextOf(article, language ?? (await languageOfViewer(context)))
        if (article.status !== 'active' || !text || !isPrintable(text.language)) return undefined
        return `/articles/${encodeURIComponent(article.id)}/${pdfFile}?language=${encodeURIComponent(text.language)}`
      },
    }),
  )
}
