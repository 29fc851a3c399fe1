export { classificationSchema, defaultClassification } from './classifier.ts'
export type {
  Alternative,
  ClassifiableTicket,
  Classification,
  ClassificationRule,
  ClassificationSettings,
  Classifier,
  Reason,
} from './classifier.ts'
export { classifierOf } from './compose.ts'
export type { Classifiers } from './compose.ts'
export { crossValidating, evaluating } from './evaluate.ts'
export type { Confusion, Evaluation } from './evaluate.ts'
export type { Vocabulary } from './features.ts'
export { modelClassifier, textOf } from './model-classifier.ts'
export type { LinearModel } from './model-classifier.ts'
export { ruleClassifier } from './rule-classifier.ts'
export { learnable, train, training, versionOf } from './training.ts'
export type { Example } from './training.ts'
