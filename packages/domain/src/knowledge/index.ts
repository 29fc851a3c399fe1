export { articleAddress } from './address.ts'
export { articleAggregate, slugOf } from './article.ts'
export {
  articleEvents,
  articleLimits,
  articleAudiences,
  difficulties,
  revisionChanges,
  slugSchema,
} from './article-catalogue.ts'
export type { ArticleEvent, ArticleAudience, Difficulty, RevisionChange } from './article-catalogue.ts'
export {
  articleStatuses,
  evolveArticle,
  isStaleTranslation,
  revisionSourceFingerprint,
  translationIn,
} from './article-state.ts'
export type { Article, ArticleDetails, ArticleSchedule, ArticleState, ArticleTranslation } from './article-state.ts'
export {
  audienceIn,
  categoryIn,
  articleTreeAggregate,
  articleTreeId,
  articleTreeLimits,
  pathIn,
} from './article-tree.ts'
export type { ArticleCategory, ArticleTree, ArticleTreeEvent } from './article-tree.ts'
export { sourceFingerprint, textSourceLimits } from './text-source.ts'
export type { TextSource } from './text-source.ts'
export { helpCentreBackgrounds } from './help-centre.ts'
export type { HelpCentreSettings } from './help-centre.ts'
export { defaultKnowledgeSettings } from './settings.ts'
export type { KnowledgeSettings } from './settings.ts'
