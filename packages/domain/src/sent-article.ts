import { z } from 'zod'
import { internal } from './kernel/command.ts'
import type { Refusal } from './kernel/refusal.ts'
import { refusal } from './kernel/refusal.ts'
import { id, language } from './kernel/values.ts'

/** How an article is sent: by its address, with what it is about, or with its whole text. */
export const articleForms = ['link', 'excerpt', 'whole'] as const

/** How an article is sent; see `articleForms`. */
export type ArticleForm = (typeof articleForms)[number]

/** The text of an article that a message to a customer was made of. */
export const sentArticleSchema = internal(
  z
    .strictObject({
      articleId: id,
      language,
      revision: z.int().positive(),
      form: z.enum(articleForms),
      /** Whether customers read this revision at the moment of the command: added by the desk, never taken from a sender. */
      isPublic: z.boolean().optional(),
    })
    .optional(),
)

/** The text of an article that a message was made of, as history has it. */
export const storedArticleSchema = internal(
  z
    .object({
      articleId: z.string(),
      language: z.string(),
      revision: z.int().positive(),
      form: z.enum(articleForms),
    })
    .optional(),
)

/** The text of an article that a message was made of. */
export type SentArticle = Readonly<NonNullable<z.output<typeof sentArticleSchema>>>

/** Why a message to a customer may not be made of an article, if so. */
export const refuseSentArticle = (article: SentArticle | undefined): Refusal | undefined =>
  article && !article.isPublic ? refusal('article_not_public', { field: 'articleId' }) : undefined

/** What history keeps of the article that a message is made of; undefined for any other message. */
export const storedArticleOf = (article: SentArticle | undefined): z.output<typeof storedArticleSchema> =>
  article && {
    articleId: article.articleId,
    language: article.language,
    revision: article.revision,
    form: article.form,
  }
