import type { AnalysedActivity, Instant, Spread } from '@guichet/domain'
import {
  activityFingerprint,
  days,
  elapsed,
  fewestLearnedDays,
  isSearch,
  later,
  learnedDays,
  learnedRates,
  mostCountedADay,
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

/** How often each customer had the trouble with one fingerprint on one day, and when it was counted last. */
type CountedDay = Map<number, { readonly count: number; readonly at: Instant }>

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
    const personDays = people.size * counted.length
    learned = { day, counted, rates: learnedRates({ ...countsOf(counted), personDays }) }
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
      const counted = entryOf<string, CountedDay>(today, fingerprint, () => new Map())
      const before = counted.get(customer)
      if (before && elapsed(before.at, at) <= repeatsWithin) return
      counted.set(customer, { count: (before?.count ?? 0) + 1, at })
    },

    ratesAt: (at) => learnedAt(at).rates,

    spreadOf: (fingerprint, at) => {
      const latest = entryOf(latestOf, fingerprint, () => new Map<number, Instant>())
      const since = later(at, -days(1))
      for (const [customer, last] of latest) {
        if (last >= since) break
        latest.delete(customer)
      }
      const people = learnedAt(at).counted.map((each) => each.get(fingerprint)?.size ?? 0)
      const usual = people.reduce((sum, count) => sum + count, 0) / people.length
      return { lately: latest.size, usual: people.length < fewestLearnedDays ? undefined : usual }
    },
  }
}

/** How often each trouble has happened on some days, and any but searches: each customer a few times a day at most. */
function countsOf(
  counted: readonly ReadonlyMap<string, CountedDay>[],
): Pick<Parameters<typeof learnedRates>[0], 'counts' | 'any'> {
  const counts = new Map<string, number>()
  let any = 0
  for (const day of counted) {
    const errors = new Map<number, number>()
    for (const [fingerprint, ofCustomers] of day) {
      for (const [customer, { count }] of ofCustomers) {
        counts.set(fingerprint, (counts.get(fingerprint) ?? 0) + Math.min(count, mostCountedADay))
        // Searches have no code: their kind is their fingerprint.
        if (!isSearch({ kind: fingerprint })) errors.set(customer, (errors.get(customer) ?? 0) + count)
      }
    }
    for (const count of errors.values()) any += Math.min(count, mostCountedADay)
  }
  return { counts, any }
}

function entryOf<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const entry = map.get(key) ?? create()
  map.set(key, entry)
  return entry
}
