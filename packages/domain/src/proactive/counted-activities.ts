import type { Instant } from '../kernel/time.ts'
import { elapsed, later } from '../kernel/time.ts'
import { compareTexts } from '../kernel/values.ts'
import type { Activity } from './activity.ts'
import { activityFingerprint, searchKind } from './activity.ts'
import type { ProactiveSettings } from './settings.ts'
import { analysedTime } from './settings.ts'

/** What an analysis reads of an activity. */
export type AnalysedActivity = Pick<Activity, 'kind' | 'code' | 'at' | 'page' | 'version' | 'detail'>

/** The activities of a person that may mean trouble, as the settings count them. */
export type CountedActivities = {
  /** The critical activities of the week, repeats within a minute counted once, in their order. */
  readonly week: readonly AnalysedActivity[]
  /** Those within the time of the settings. */
  readonly recent: readonly AnalysedActivity[]
  /** Those of them that are no searches. */
  readonly recentErrors: readonly AnalysedActivity[]
  /** The recent errors by fingerprint, the most frequent first. */
  readonly troubles: ReadonlyMap<string, readonly AnalysedActivity[]>
  /** How often each trouble occurs among the recent ones, the most frequent first, fifty at most. */
  readonly evidence: readonly { readonly fingerprint: string; readonly count: number }[]
  /** Whether an article was opened after a search within the time of the settings. */
  readonly hasOpened: boolean
}

const most = { texts: 3, evidence: 50 } as const

/** The first moment whose activities an analysis considers: seven days before it. */
export const analysedSince = (at: Instant): Instant => later(at, -analysedTime)

/** Whether an activity is a search in the help. */
export const isSearch = ({ kind }: Pick<Activity, 'kind'>): boolean => kind === searchKind

/** Whether an activity is a search after which an article was opened: it is no trouble, and not counted as any. */
export const isAnsweredSearch = (activity: Pick<Activity, 'kind' | 'detail'>): boolean =>
  isSearch(activity) && activity.detail.opened === true

/** Counts the activities of the seven days before a moment; they may come in any order. */
export function countActivities(
  at: Instant,
  activities: readonly AnalysedActivity[],
  { critical, within, repeatsWithin }: ProactiveSettings,
): CountedActivities {
  const kinds = new Set(critical)
  const [weekBefore, recently] = [analysedSince(at), later(at, -within)]
  const isRecent = (activity: AnalysedActivity): boolean => activity.at > recently
  const all = activities
    .filter((each) => kinds.has(each.kind) && each.at <= at && each.at > weekBefore)
    .toSorted(byMoment)
  const week = withoutRepeats(
    all.filter((activity) => !isAnsweredSearch(activity)),
    repeatsWithin,
  )
  const recent = week.filter(isRecent)
  const recentErrors = recent.filter((activity) => !isSearch(activity))
  return {
    week,
    recent,
    recentErrors,
    troubles: byFrequency(recentErrors),
    evidence: evidenceOf(recent),
    hasOpened: all.some((activity) => isRecent(activity) && isAnsweredSearch(activity)),
  }
}

/** The most frequent trouble of activities, with how often it came. */
export const evidenceOf = (activities: readonly AnalysedActivity[]): CountedActivities['evidence'] =>
  countedTexts(activities.map(activityFingerprint))
    .slice(0, most.evidence)
    .map(({ text, count }) => ({ fingerprint: text, count }))

/**
 * Activities by their moments; those of one moment by all that an analysis reads of those that count, so that the order
 * in which they come does not matter.
 */
const byMoment = (one: AnalysedActivity, other: AnalysedActivity): number =>
  compareTexts(one.at, other.at) ||
  compareTexts(one.kind, other.kind) ||
  compareTexts(one.code, other.code) ||
  compareTexts(one.page ?? '', other.page ?? '') ||
  compareTexts(one.version ?? '', other.version ?? '')

/** Activities by fingerprint, the most frequent first. */
function byFrequency(activities: readonly AnalysedActivity[]): ReadonlyMap<string, readonly AnalysedActivity[]> {
  const byFingerprint = new Map<string, AnalysedActivity[]>()
  for (const activity of activities) {
    const fingerprint = activityFingerprint(activity)
    const same = byFingerprint.get(fingerprint)
    if (same) same.push(activity)
    else byFingerprint.set(fingerprint, [activity])
  }
  return new Map(
    [...byFingerprint].sort(([one, { length }], [other, more]) => more.length - length || compareTexts(one, other)),
  )
}

/** Activities without those of the same trouble within a short time of one that counts: people click twice. */
function withoutRepeats(activities: readonly AnalysedActivity[], within: number): readonly AnalysedActivity[] {
  const countedAt = new Map<string, Instant>()
  return activities.filter((activity) => {
    const fingerprint = activityFingerprint(activity)
    const before = countedAt.get(fingerprint)
    if (before !== undefined && elapsed(before, activity.at) <= within) return false
    countedAt.set(fingerprint, activity.at)
    return true
  })
}

/** Where activities happened, and in which versions: the most frequent first, three at most of each. */
export const whereabouts = (
  activities: readonly AnalysedActivity[],
): { readonly pages: readonly string[]; readonly versions: readonly string[] } => ({
  pages: mostFrequent(activities.flatMap(({ page }) => page ?? [])),
  versions: mostFrequent(activities.flatMap(({ version }) => version ?? [])),
})

const mostFrequent = (texts: readonly string[]): readonly string[] =>
  countedTexts(texts)
    .slice(0, most.texts)
    .map(({ text }) => text)

/** How often each text occurs, the most frequent first; equally frequent ones in their own order. */
export function countedTexts(texts: readonly string[]): readonly { readonly text: string; readonly count: number }[] {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return [...counts]
    .map(([text, count]) => ({ text, count }))
    .sort((one, other) => other.count - one.count || compareTexts(one.text, other.text))
}
