export { activitiesOf, activityBatchSchema, activityFingerprint, activityLimits } from './activity.ts'
export type { Activity, ActivityBatch, ActivityKind, RefusedActivity } from './activity.ts'
export { analyseBy, AnalyserPaused, modelQuestion, modelSuspicion, UselessAnswer } from './analyser.ts'
export type { Analyser, AnalyserName, Analysis, ModelChoice, ModelQuestion } from './analyser.ts'
export { anyTrouble, fewestLearnedDays, learnedDays, learnedRates, mostCountedADay } from './base-rates.ts'
export type { TroubleCounts } from './base-rates.ts'
export { analysedSince, countActivities, isAnsweredSearch, isSearch } from './counted-activities.ts'
export type { AnalysedActivity, CountedActivities } from './counted-activities.ts'
export { draftAggregate, isHoldout, isVisibleDraft, mayHaveDraft, suspectCommand } from './draft.ts'
export { describeDraftEvent, draftEvents, withheldCauses } from './draft-catalogue.ts'
export type { DraftEvent, TicketOutcome, WithheldCause } from './draft-catalogue.ts'
export { withoutRedactedDrafts } from './draft-redaction.ts'
export { draftStatuses, evolveDrafts, excludedFingerprints, isPendingDraft, withheldCauseOf } from './draft-state.ts'
export type { Draft, Drafts, DraftStatus } from './draft-state.ts'
export { draftText, reasonSentences } from './draft-text.ts'
export type { DraftText } from './draft-text.ts'
export { bySuspicion, draftsOfPerson } from './drafts-of-person.ts'
export type { DraftsOfPerson } from './drafts-of-person.ts'
export { learnedAnalyser, learningPatterns, notableTrouble, patternLimits } from './learned-analyser.ts'
export type {
  DetectionQuality,
  LearnedPatterns,
  PatternEvaluation,
  TroubleFeatures,
  TroubleOutcome,
  TroublePattern,
} from './learned-analyser.ts'
export {
  alertedAfter,
  healthAt,
  healthOf,
  healthTerms,
  healthTrend,
  isFurtherFall,
  mostEvidence,
  organisationSize,
  trendTimes,
} from './health.ts'
export type {
  CountedCases,
  Health,
  HealthReason,
  HealthScores,
  HealthSettings,
  HealthSignal,
  HealthTerm,
  HealthTrend,
} from './health.ts'
export { draftNotifications, teamAlertNotifications } from './notifications.ts'
export { incidentDeclaration, troubleIncidentId } from './incident-text.ts'
export type { IncidentDeclaration, TroubleRun } from './incident-text.ts'
export { analysedTime, defaultProactiveSettings, healthSettingsOf } from './settings.ts'
export type { ProactiveSettings, ProactiveSettingsInput } from './settings.ts'
export { isWidespread, suspect, suspicionCandidates, suspicionRules } from './suspicion.ts'
export type {
  LikelyIncident,
  Spread,
  Suspicion,
  SuspicionCandidate,
  SuspicionFacts,
  SuspicionReason,
  SuspicionRule,
  TroubleSpell,
} from './suspicion.ts'
export { troubleAlertId } from './team-alert.ts'
export type { TeamAlertEvent } from './team-alert.ts'
