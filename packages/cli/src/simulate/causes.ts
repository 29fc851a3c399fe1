import type { Instant, SuspicionRule } from '@guichet/domain'
import {
  activityFingerprint,
  anyTrouble,
  days,
  defaultProactiveSettings,
  elapsed,
  hours,
  later,
  minutes,
  suspicionRules,
} from '@guichet/domain'
import type { ActivityPlan, Failure, Occurrence, SimulatedActivity } from './activity-plan.ts'
import { byMoment, chanceErrors, clickedTwice, search } from './activity-plan.ts'
import type { Chance } from './customers.ts'
import { createChance } from './customers.ts'

/** What an injected cause does: what each rule suspects, and an outage that many share. */
export type CauseKind = SuspicionRule | 'outage'

/**
 * How hard a cause is to tell from chance. A plain one happens within a day, with codes that nobody meets by chance. A
 * hard one has codes that customers meet anyway, happens a few times over up to three days, or ends at an article now
 * and then; a hard outage strikes hardly more people than a likely incident needs.
 */
type Difficulty = 'plain' | 'hard'

/** A cause of trouble that is injected, with the activities that it leads to. */
export type Cause = {
  readonly kind: CauseKind
  readonly difficulty: Difficulty
  /**
   * Whether it is trouble as the product defines it, whatever settings are simulated: three critical activities of a
   * customer within 24 hours, or an outage of as many people as are a likely incident.
   */
  readonly isTrouble: boolean
  /** What a suspicion may be about that is right. */
  readonly fingerprints: ReadonlySet<string>
  /** The numbers of the customers who have the trouble. */
  readonly customers: ReadonlySet<number>
  readonly from: Instant
  /** A day after its last activity: until then an analysis considers it. */
  readonly to: Instant
  readonly activities: readonly SimulatedActivity[]
}

/** One of this many causes is an outage. */
const outageOneIn = 25

/** Whom an outage strikes: a share of the customers, and so many of them at least on average; within which time. */
const outages = {
  plain: { share: 0.03, people: 60, within: hours(2) },
  hard: { share: 0, people: 25, within: hours(12) },
} as const

/** How often a customer whom an outage strikes meets it, at least and at most. */
const timesOfOutage = { least: 2, most: 4 } as const

/** Over how many days a hard cause happens, and how often, at least and at most. */
const hard = { days: { least: 1, most: 3 }, times: { least: 2, most: 6 } } as const

/** How far apart the times are from which those of a hard cause are chosen, and how much later it happens at most. */
const grid = { step: minutes(30), delay: minutes(20) } as const

/** How many activities the causes of a plan lead to at most, or nearly. */
export function activitiesOfCauses({ customers, causes }: Pick<ActivityPlan, 'customers' | 'causes'>): number {
  const { share, people } = outages.plain
  const struck = Math.min(customers, Math.max(share * customers, people))
  const failures = Math.ceil(causes / outageOneIn) * struck * timesOfOutage.most + causes * 9
  return 2 * failures
}

/**
 * The causes of a plan: one in 25 is an outage, and the others are trouble of one customer, for each rule in turns.
 * Every other one is hard.
 */
export const causesOfPlan = (plan: ActivityPlan): readonly Cause[] =>
  Array.from({ length: plan.causes }, (_, number) => {
    const chance = createChance(plan.seed, 'cause', number)
    const difficulty = number % 2 === 0 ? 'plain' : 'hard'
    if (number % outageOneIn === 0) return outageOf(plan, number, difficulty, chance)
    return troubleOf(plan, number, difficulty, chance)
  })

type ChooseFailures = (number: number, chance: Chance) => readonly Failure[]

/** What a customer meets because of a cause, in its order. */
const failuresOf: Readonly<Record<SuspicionRule, Readonly<Record<Difficulty, ChooseFailures>>>> = {
  repeated: {
    plain: (number, chance) =>
      repeat({ kind: 'error_occurred', code: `E_DEFECT_${number}`, page: '/app' }, chance.whole(3, 6)),
    hard: (_, chance) => repeat(chance.pick(chanceErrors), hardTimes(chance)),
  },
  searches: {
    plain: (_, chance) => repeat(search, chance.whole(3, 5)),
    hard: (_, chance) => {
      const searches = repeat(search, hardTimes(chance))
      const answered = chance.happens(0.5) ? chance.whole(0, searches.length - 2) : -1
      return searches.map((each, index) => (index === answered ? { ...each, opened: true } : each))
    },
  },
  rising: {
    plain: (number, chance) =>
      Array.from({ length: chance.whole(6, 9) }, (_, index) => ({
        kind: 'error_occurred',
        code: `E_RISING_${number}_${index}`,
        page: '/app',
      })),
    hard: (_, chance) => {
      const first = chance.whole(0, chanceErrors.length - 1)
      return Array.from(
        { length: hardTimes(chance) },
        (__, index) => chanceErrors[(first + index) % chanceErrors.length] ?? chanceErrors[0],
      )
    },
  },
}

const hardTimes = (chance: Chance): number => chance.whole(hard.times.least, hard.times.most)

const repeat = (failure: Failure, times: number): readonly Failure[] => Array.from({ length: times }, () => failure)

/** Trouble of one customer. */
function troubleOf(plan: ActivityPlan, number: number, difficulty: Difficulty, chance: Chance): Cause {
  const kind = suspicionRules[number % suspicionRules.length] ?? suspicionRules[0]
  const length = difficulty === 'plain' ? 1 : Math.min(plan.days, chance.whole(hard.days.least, hard.days.most))
  const begin = beginOf(plan, length, chance)
  const failures = failuresOf[kind][difficulty](number, chance)
  const count = failures.length
  const delays = difficulty === 'plain' ? spreadOverDay(count, chance) : scattered(count, length, chance)
  const customer = number % plan.customers
  const occurrences = failures.map((failure, index) => ({ failure, customer, at: later(begin, delays[index] ?? 0) }))
  return causeOf(kind, difficulty, occurrences, begin, chance)
}

/** When a cause of some days begins: so that it ends within the plan. */
const beginOf = ({ start, days: length }: ActivityPlan, lasting: number, chance: Chance): Instant =>
  later(start, Math.round(chance.share() * days(Math.max(0, length - lasting))))

/** Moments within a day, in milliseconds from its beginning: in order, further apart than clicks are. */
function spreadOverDay(count: number, chance: Chance): readonly number[] {
  const slot = days(1) / count
  return Array.from(
    { length: count },
    (_, index) => Math.round(index * slot) + chance.whole(0, Math.floor(slot) - minutes(5)),
  )
}

/** Moments at random within some days, in order, further apart than clicks are. */
function scattered(count: number, length: number, chance: Chance): readonly number[] {
  const steps = new Set<number>()
  while (steps.size < count) steps.add(chance.whole(0, days(length) / grid.step - 1))
  return [...steps].sort((one, other) => one - other).map((step) => step * grid.step + chance.whole(0, grid.delay))
}

/** A failure that strikes many, each of them several times within the hour after the first. */
function outageOf(plan: ActivityPlan, number: number, difficulty: Difficulty, chance: Chance): Cause {
  const failure = { kind: 'error_occurred', code: `E_OUTAGE_${number}`, page: '/app' }
  const { share, people, within } = outages[difficulty]
  const begin = beginOf(plan, 1, chance)
  const probability = Math.max(share, people / plan.customers)
  const occurrences: Occurrence[] = []
  for (let customer = 0; customer < plan.customers; customer++) {
    if (!chance.happens(probability)) continue
    const first = later(begin, chance.whole(0, within))
    for (let count = chance.whole(timesOfOutage.least, timesOfOutage.most); count > 0; count--)
      occurrences.push({ failure, customer, at: later(first, chance.whole(0, hours(1))) })
  }
  return causeOf('outage', difficulty, occurrences, begin, chance)
}

function causeOf(
  kind: CauseKind,
  difficulty: Difficulty,
  occurrences: readonly Occurrence[],
  begin: Instant,
  chance: Chance,
): Cause {
  const activities = occurrences.flatMap((each) => clickedTwice(each, chance)).sort(byMoment)
  const customers = new Set(occurrences.map(({ customer }) => customer))
  const isTrouble = kind === 'outage' ? customers.size >= defaultProactiveSettings.widespread : isCritical(occurrences)
  const fingerprints = occurrences.map(({ failure }) => activityFingerprint(failure))
  return {
    kind,
    difficulty,
    isTrouble,
    fingerprints: new Set(kind === 'rising' ? [...fingerprints, anyTrouble] : fingerprints),
    customers,
    from: activities[0]?.at ?? begin,
    to: later(activities.at(-1)?.at ?? begin, days(1)),
    activities,
  }
}

/**
 * Whether so many of the occurrences, which are in order, lie so close together that the product analyses them; a search
 * with an opened article does not count.
 */
function isCritical(occurrences: readonly Occurrence[]): boolean {
  const { threshold, within } = defaultProactiveSettings
  const critical = occurrences.filter(({ failure }) => failure.opened !== true)
  return critical.some(({ at }, index) => {
    const last = critical[index + threshold - 1]
    return last !== undefined && elapsed(at, last.at) < within
  })
}

/** Whether something that was suspected at a moment is the trouble of a cause. */
export const explains = ({ fingerprints, from, to }: Cause, fingerprint: string, at: Instant): boolean =>
  fingerprints.has(fingerprint) && elapsed(from, at) >= 0 && elapsed(at, to) >= 0
