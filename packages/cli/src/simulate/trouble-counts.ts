import type { AnalysedActivity, Instant, Spread } from '@guichet/domain'
import {
  activityFingerprint,
  days,
  elapsed,
  fewestLearnedDays,
  later,
  learnedDays,
  learnedRates,
  utcDay,
} from '@guichet/domain'

/** How often trouble with a fingerprint happens to a customer a day. */
type Rates = (fingerprint: string) => number

/**
 * What a desk has counted of the trouble of its customers, as its database does: by days in UTC, on each of which
 * repeats within a time of one that counts are none.
 */
export type TroubleCounts = {
  /** Notes that a customer has reported something, whatever it is. */
  recordPerson(customer: number, at: Instant): void
  /** Counts an activity; they come in the order in which they happen. */
  record(customer: number, activity: Pick<AnalysedActivity, 'kind' | 'code' | 'at'>): void
  /** The rates that the desk has learned by the end of the day before. */
  ratesAt(at: Instant): Rates
  /** How many customers have trouble with a fingerprint. */
  spreadOf(fingerprint: string, at: Instant): Spread
}

/** The trouble with one fingerprint on one day, and when that of each customer was counted last. */
type CountedDay = { count: number; readonly countedAt: Map<number, Instant> }

/** What the desk has learned by the beginning of a day, from those before it on which there were activities. */
type LearnedDays = {
  readonly day: string
  readonly counted: readonly ReadonlyMap<string, CountedDay>[]
  readonly rates: Rates
}

/**
 * Counts nothing yet.
 * @param repeatsWithin within how many milliseconds repeats count once.
 */
export function createTroubleCounts(repeatsWithin: number): TroubleCounts {
  /** Who has reported something, by day. */
  const peopleOn = new Map<string, Set<number>>()
  const byDay = new Map<string, Map<string, CountedDay>>()
  /** When each customer had each trouble last: the earliest first. */
  const latestOf = new Map<string, Map<number, Instant>>()
  let learned: LearnedDays | undefined

  const learnedAt = (at: Instant): LearnedDays => {
    const day = utcDay(at)
    if (learned?.day === day) return learned
    const before = Array.from({ length: learnedDays }, (_, number) => utcDay(later(at, -days(number + 1))))
    const counted = before
      .filter((each) => peopleOn.has(each))
      .map((each) => byDay.get(each) ?? new Map<string, CountedDay>())
    const people = new Set(before.flatMap((each) => [...(peopleOn.get(each) ?? [])]))
    const counts = new Map<string, number>()
    for (const each of counted) {
      for (const [fingerprint, { count }] of each) counts.set(fingerprint, (counts.get(fingerprint) ?? 0) + count)
    }
    learned = { day, counted, rates: learnedRates({ counts, personDays: people.size * counted.length }) }
    return learned
  }

  return {
    recordPerson: (customer, at) => void entryOf(peopleOn, utcDay(at), () => new Set<number>()).add(customer),

    record: (customer, activity) => {
      const { at } = activity
      const fingerprint = activityFingerprint(activity)
      const latest = entryOf(latestOf, fingerprint, () => new Map<number, Instant>())
      latest.delete(customer)
      latest.set(customer, at)
      const today = entryOf(byDay, utcDay(at), () => new Map<string, CountedDay>())
      const counted = entryOf(today, fingerprint, () => ({ count: 0, countedAt: new Map<number, Instant>() }))
      const countedAt = counted.countedAt.get(customer)
      if (countedAt !== undefined && elapsed(countedAt, at) <= repeatsWithin) return
      counted.count++
      counted.countedAt.set(customer, at)
    },

    ratesAt: (at) => learnedAt(at).rates,

    spreadOf: (fingerprint, at) => {
      const latest = entryOf(latestOf, fingerprint, () => new Map<number, Instant>())
      const since = later(at, -days(1))
      for (const [customer, last] of latest) {
        if (last >= since) break
        latest.delete(customer)
      }
      const people = learnedAt(at).counted.map((each) => each.get(fingerprint)?.countedAt.size ?? 0)
      const usual = people.reduce((sum, count) => sum + count, 0) / people.length
      return { lately: latest.size, usual: people.length < fewestLearnedDays ? undefined : usual }
    },
  }
}

function entryOf<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const entry = map.get(key) ?? create()
  map.set(key, entry)
  return entry
}
