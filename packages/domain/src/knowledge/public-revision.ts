import type { SentArticle } from '../sent-article.ts'
import type { ArticleState } from './article-state.ts'
import { translationIn } from './article-state.ts'
import type { ArticleTree } from './article-tree.ts'
import { audienceIn } from './article-tree.ts'

/** Whether customers read a revision of an article: it is published, and neither the article nor a category of it is internal. */
export const isPublicRevision = (
  article: ArticleState,
  tree: ArticleTree,
  text: Pick<SentArticle, 'language' | 'revision'>,
): boolean =>
  article.status === 'active' &&
  article.audience === 'public' &&
  audienceIn(tree, article.categoryId) === 'public' &&
  translationIn(article, text.language).published === text.revision
