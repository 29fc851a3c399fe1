export { articleAddress, articleIn } from './address.ts'
export { confidenceOf, leastConfidence, leastOfOthers, mostAnswers } from './answers.ts'
export type { ArticleAnswer, ArticleAnswers, WrittenText } from './answers.ts'
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
export type {
  Article,
  ArticleDecline,
  ArticleDetails,
  ArticleSchedule,
  ArticleState,
  ArticleTranslation,
  SuggestedPhrase,
} from './article-state.ts'
export {
  audienceIn,
  categoryIn,
  articleTreeAggregate,
  articleTreeId,
  articleTreeLimits,
  pathIn,
} from './article-tree.ts'
export type { ArticleCategory, ArticleTree, ArticleTreeEvent } from './article-tree.ts'
export type {
  ArticleSimilarity,
  EmbeddedTextKind,
  EmbeddingService,
  SimilarArticle,
  SimilarArticles,
} from './embeddings.ts'
export { configuredHelp, contextualHelpLimits, wordsOfPage } from './contextual-help.ts'
export type { ConfiguredHelp, HelpContext, QuickAction } from './contextual-help.ts'
export { deflectionEffect, deflectionRate, deflectionSteps, silenceAfterArticle } from './deflection.ts'
export type { DeflectionRate, DeflectionStep } from './deflection.ts'
export { articleForms } from '../sent-article.ts'
export type { ArticleForm, SentArticle } from '../sent-article.ts'
export { sourceFingerprint, textSourceLimits } from './text-source.ts'
export type { TextSource } from './text-source.ts'
export { helpCentreBackgrounds, previewTimes } from './help-centre.ts'
export type { HelpCentreSettings } from './help-centre.ts'
export { addressTemplate, defaultKnowledgeSettings } from './settings.ts'
export type { KnowledgeSettings } from './settings.ts'
