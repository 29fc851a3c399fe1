import type { Activity, Instant } from '@guichet/domain'
import type { Page, Slice } from '@guichet/projections'

/** Whose activities are recorded, and in which browser, such as `Firefox 140`, where they were reported by one. */
export type ActivityPerson = { readonly id: string; readonly browser?: string | undefined }

/** Activities of one person, as a request reports them. */
export type ActivityReport = { readonly person: ActivityPerson; readonly activities: readonly Activity[] }

/** An activity as it is stored. */
export type StoredActivity = Activity & {
  /** Whose it is: its id is unique for them. */
  readonly personId: string
  readonly browser: string | undefined
}

/** By what activities are counted; `trouble` counts critical ones by fingerprint. */
export const activityDimensions = ['kind', 'page', 'version', 'day', 'trouble'] as const

/** By what activities are counted. */
export type ActivityDimension = (typeof activityDimensions)[number]

/** The days in UTC that are counted, as `2026-03-02`: both are included. */
export type ActivityDays = { readonly from: string; readonly to: string }

/**
 * How many activities have a value of the dimension; the empty string stands for those that have none, and for the
 * pages and versions of a day that are beyond those that are counted by themselves.
 */
export type ActivityCount = {
  readonly value: string
  readonly count: number
  /** How many people, each once a day; undefined for all dimensions but `trouble`. */
  readonly people: number | undefined
  /** The days on which there were any, in order. */
  readonly days: readonly ActivityDayCount[]
}

/** How many activities there were on a day in UTC. */
export type ActivityDayCount = { readonly day: string; readonly count: number }

/** A time: both ends are included. */
type TroubleTime = { readonly from: Instant; readonly to: Instant }

/**
 * The activities of people. They are no events: they are stored for `proactive.storedFor`, in tables by day. All
 * methods reject with the errors of the database.
 */
export type ActivityStore = {
  /**
   * Stores what one request reports, all of it or nothing: each activity once by its id, however late it is sent again.
   * Counts them, and marks people for an analysis when enough of their activities are critical. What has been
   * acknowledged is stored, and will be analysed.
   * @param now when the activities were received.
   * @throws StoreUnavailable while thousands wait for a slow database: nothing of the request was stored.
   */
  record(reports: readonly ActivityReport[], now: Instant): Promise<void>
  /** An activity of a person; undefined when it is not stored, or not any more. */
  find(personId: string, id: string): Promise<StoredActivity | undefined>
  /** A page of the activities of a person under all of their ids, the newest first. */
  pageOf(personIds: readonly string[], page: Page): Promise<Slice<StoredActivity>>
  /**
   * The solved tickets, opened from no draft, whose customers had met a trouble within three days before, under any of
   * their ids, more than once on a day, repeats counted once: those that were resolved last at the beginning. They are
   * looked for among the last five hundred that were resolved. Needs `ticketModels` and the read model of customers.
   * @param customerIds whose tickets alone; everybody's by default.
   */
  solvedAfter(
    trouble: Pick<Activity, 'kind' | 'code'>,
    limit: number,
    customerIds?: readonly string[],
  ): Promise<readonly string[]>
  /** What people have searched for in the help in a time, without what led to an article, the latest first. */
  searchedBy(personIds: readonly string[], time: TroubleTime, limit: number): Promise<readonly string[]>
  /** The values of a dimension with their counts, the most frequent first; of `day` the earliest first. */
  countsBy(dimension: ActivityDimension, days: ActivityDays, limit: number): Promise<readonly ActivityCount[]>
  /** Removes all that is stored of people, and takes it out of the counts. Returns the number of activities. */
  erase(personIds: readonly string[]): Promise<number>
}
