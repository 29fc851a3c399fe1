import type { ArticleDesk } from './article-desk.ts'
import type { Article } from './article-documents.ts'

/** A part of the screen of an article that is drawn anew when the article has changed. */
export type ArticlePart = { readonly element: HTMLElement; update(article: Article): Promise<void> | void }

/** What the parts of the screen of an article share. */
export type ArticlePlace = {
  readonly desk: ArticleDesk
  readonly articleKey: string
  readonly language: string
  /** Reads the article again, after a command. */
  readonly changed: () => Promise<void>
}
