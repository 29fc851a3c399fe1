import type { Instant } from '@guichet/domain'
import { days, later, learnedDays } from '@guichet/domain'
import type { ActivityPlan, SimulatedActivity } from './activity-plan.ts'
import { byMoment, chanceFailures, clickedTwice } from './activity-plan.ts'
import type { Cause } from './causes.ts'
import { activitiesOfCauses } from './causes.ts'
import { createChance } from './customers.ts'

/** How many activities a plan leads to on average, or a few more: those of its causes included. */
export function expectedActivities(plan: ActivityPlan): number {
  const { customers, days: length, failuresPerDay, pageViews } = plan
  const perDay = 2 * failuresPerDay + pageViews
  return Math.round(customers * (learnedDays + length) * perDay + activitiesOfCauses(plan))
}

/**
 * The activities of all customers and causes, day by day from the week of learning on, those of a day in the order in
 * which they happen. What was clicked before the end of the last day and again after it comes last. The same plan gives
 * the same ones.
 */
export function* activitiesByDay(
  plan: ActivityPlan,
  causes: readonly Cause[],
): Generator<readonly SimulatedActivity[], void> {
  const customers = Array.from({ length: plan.customers }, (_, customer) => createCustomer(plan, customer))
  const ofCauses = causes.flatMap((cause) => [...cause.activities]).sort(byMoment)
  let nextOfCauses = 0
  let late: readonly SimulatedActivity[] = []
  for (let day = 0; day < learnedDays + plan.days; day++) {
    const end = momentOf(plan, days(day + 1))
    const activities = [...late]
    for (const activitiesOn of customers) {
      for (const activity of activitiesOn(day)) activities.push(activity)
    }
    for (let next = ofCauses[nextOfCauses]; next && next.at < end; next = ofCauses[++nextOfCauses])
      activities.push(next)
    late = activities.filter(({ at }) => at >= end)
    yield activities.filter(({ at }) => at < end).sort(byMoment)
  }
  yield [...late, ...ofCauses.slice(nextOfCauses)].sort(byMoment)
}

/** The activities of a customer on a day, from 0; the days are asked for in order. */
type Customer = (day: number) => readonly SimulatedActivity[]

/** A customer who meets failures by chance, each of them alone, and who may view a page a day. */
function createCustomer(plan: ActivityPlan, customer: number): Customer {
  const { seed, failuresPerDay, pageViews } = plan
  const chance = createChance(seed, 'activities', customer)
  const views = createChance(seed, 'page views', customer)
  const viewsPages = views.happens(pageViews)
  const untilNext = (): number => (-Math.log(1 - chance.share()) / failuresPerDay) * days(1)
  let next = untilNext()
  return (day) => {
    const activities: SimulatedActivity[] = []
    for (; next < days(day + 1); next += untilNext()) {
      const failure = chance.pick(chanceFailures)
      activities.push(...clickedTwice({ failure, customer, at: momentOf(plan, Math.round(next)) }, chance))
    }
    if (viewsPages) {
      const at = momentOf(plan, days(day) + views.whole(0, days(1) - 1))
      activities.push({ kind: 'page_view', code: '', page: '/home', version: '1.0', detail: {}, customer, at })
    }
    return activities
  }
}

/** The moment some milliseconds after the week of learning has begun. */
const momentOf = ({ start }: ActivityPlan, milliseconds: number): Instant =>
  later(start, milliseconds - days(learnedDays))
