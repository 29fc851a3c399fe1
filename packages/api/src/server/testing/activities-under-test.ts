import type { Instant } from '@guichet/domain'
import type { Keyset } from '@guichet/projections'
import type { ActivityCount, ActivityStore, StoredActivity } from '@guichet/workflows'
import { sliceOf } from '../../graphql/paging.ts'

/** Activities in memory, and whatever was recorded of each person. */
type ActivitiesUnderTest = ActivityStore & {
  of(personId: string): readonly StoredActivity[]
  /** Stores an activity of a person as it is. */
  add(activity: StoredActivity): void
  /** When each request was received that stores any. */
  readonly receivedAt: readonly Instant[]
  /** What it was asked to count. */
  readonly counted: readonly Parameters<ActivityStore['countsBy']>[]
  /** Says what it answers from now on when it is asked to count. */
  answerCounts(counts: readonly ActivityCount[]): void
}

const keyOf = ({ at, id }: StoredActivity): Keyset => ({ value: at, id })

/** The order of pages: by moment, and by id at the same one. */
const latestFirst = (one: StoredActivity, other: StoredActivity): number =>
  `${one.at} ${one.id}` < `${other.at} ${other.id}` ? 1 : -1

/**
 * Creates a store of activities in memory: an activity is stored once by its id. It counts nothing itself, and knows no
 * tickets.
 */
export function activitiesInMemory(): ActivitiesUnderTest {
  const stored = new Map<string, readonly StoredActivity[]>()
  const receivedAt: Instant[] = []
  const counted: Parameters<ActivityStore['countsBy']>[] = []
  let answer: readonly ActivityCount[] = []
  const of = (personId: string): readonly StoredActivity[] => stored.get(personId) ?? []
  return {
    of,
    add: (activity) => void stored.set(activity.personId, [...of(activity.personId), activity]),
    receivedAt,
    counted,
    answerCounts: (counts) => void (answer = counts),
    record: async (reports, now) => {
      receivedAt.push(now)
      for (const { person, activities } of reports) {
        const { id, browser } = person
        const byId = new Map(of(id).map((activity) => [activity.id, activity]))
        for (const activity of activities)
          if (!byId.has(activity.id)) byId.set(activity.id, { ...activity, personId: id, browser })
        stored.set(id, [...byId.values()])
      }
    },
    find: async (personId, id) => of(personId).find((activity) => activity.id === id),
    pageOf: async (personIds, page) => sliceOf(personIds.flatMap((id) => of(id)).toSorted(latestFirst), page, keyOf),
    solvedAfter: async () => [],
    searchedBy: async (personIds, { from, to }, limit) =>
      personIds
        .flatMap((id) => of(id))
        .filter(({ kind, at, detail }) => kind === 'faq_search' && detail['opened'] !== true && at >= from && at <= to)
        .toSorted(latestFirst)
        .map(({ detail }) => String(detail['query']))
        .slice(0, limit),
    countsBy: async (...parameters) => {
      counted.push(parameters)
      return answer
    },
    erase: async (personIds) => {
      const erased = personIds.flatMap(of).length
      for (const id of personIds) stored.delete(id)
      return erased
    },
  }
}
