import type { Instant } from '@guichet/domain'
import { days, instant, later, utcDay } from '@guichet/domain'
import type { DailyReport, ResponseTimesReport, TargetReport, TicketCounters, TimeRange } from '@guichet/projections'
import { countDays, mostReportDays } from '@guichet/projections'
import { edgeError } from '../../errors.ts'
import type { ApiBuilder, SchemaParts, SchemaTypes } from '../builder.ts'
import { withoutNestedNulls } from '../command.ts'

/** Adds the reports on tickets, and the counters of the dashboard. */
export function addReports({ builder }: SchemaParts): void {
  addDailyReport(builder, addCounters(builder))
  addResponseTimes(builder)
}

/** Adds `dailyReport`: the events of each day of a period, and the state at its end. */
function addDailyReport(builder: ApiBuilder, counters: CountersRef): void {
  const report = builder.objectRef<DailyReport>('DailyReport').implement({
    description: 'The report of one day in the desk’s current time zone.',
    fields: (t) => ({
      day: t.expose('day', { type: 'Date' }),
      opened: t.exposeInt('opened'),
      agentReplies: t.exposeInt('agentReplies'),
      customerReplies: t.exposeInt('customerReplies'),
      resolved: t.exposeInt('resolved'),
      reopened: t.exposeInt('reopened'),
      closed: t.exposeInt('closed'),
      closedUnanswered: t.exposeInt('closedUnanswered'),
      spam: t.exposeInt('spam'),
      chases: t.exposeInt('chases'),
      stagnations: t.exposeInt('stagnations'),
      atEndOfDay: t.expose('atEndOfDay', { type: counters }),
      medianFirstResponse: t.exposeFloat('medianFirstResponse', {
        nullable: true,
        description: 'The median time to the first response, in milliseconds.',
      }),
    }),
  })
  builder.queryField('dailyReport', (t) =>
    t.field({
      type: [report],
      description: `A report for each day from \`first\` to \`last\`, both included; at most ${mostReportDays} days.`,
      args: { first: t.arg({ type: 'Date', required: true }), last: t.arg({ type: 'Date', required: true }) },
      extensions: { cost: 100 },
      resolve: async (_, { first, last }, { read, services }) => {
        checkReportDays(first, last)
        const { policy } = await services.desk.terms()
        return [...(await (await read('dailyReport')).days(first, last, policy.timeZone))]
      },
    }),
  )
}

/** Checks the days of a report. @throws malformed_input when they are none, or too many. */
export const checkReportDays = (first: string, last: string): void => checkLength(countDays(first, last))

/** Checks how many days a period has. @throws malformed_input when they are none, or more than `most`. */
export function checkLength(length: number, most: number = mostReportDays): void {
  if (length >= 1 && length <= most) return
  throw edgeError('malformed_input', `the period: from 1 to ${most} days, not ${length}`)
}

type OptionalDay = string | null | undefined

/**
 * The days of a period; without its end, those up to the day of `now` in UTC.
 * @throws malformed_input when they are none, or more than `most`.
 */
export function daysOf(
  period: { readonly from?: OptionalDay; readonly to?: OptionalDay },
  most: number,
  now: Instant,
): { readonly from: string; readonly to: string } {
  const to = period.to ?? utcDay(now)
  const from = period.from ?? utcDay(later(instant(`${to}T00:00:00Z`), -days(29)))
  checkLength(countDays(from, to), most)
  return { from, to }
}

/** Adds `responseTimes`: how the targets of the desk were met in a period. */
function addResponseTimes(builder: ApiBuilder): void {
  const target = builder.objectRef<TargetReport>('TargetReport').implement({
    description: 'How one target was met: durations in milliseconds, shares from 0 to 1, null if nothing counts.',
    fields: (t) => ({
      count: t.exposeInt('count', { description: 'How many met or missed the target.' }),
      median: t.exposeFloat('median', { nullable: true, description: 'The median time of those that were done.' }),
      p90: t.exposeFloat('p90', { nullable: true }),
      withinTarget: t.exposeInt('withinTarget', { description: 'How many were done in less time than the target.' }),
      overdue: t.exposeInt('overdue', {
        description: 'How many are not done although the target has passed; they count as missed.',
      }),
      unanswered: t.exposeInt('unanswered', {
        description: 'How many tickets were closed while the customer waited for an answer; they count as missed.',
      }),
      target: t.exposeFloat('target', { description: 'The target time, in milliseconds.' }),
      calendar: t.exposeString('calendar', {
        nullable: true,
        description: 'The calendar by which its time is counted; null for around the clock.',
      }),
      ...shared(t),
    }),
  })
  const firstContact = builder.objectRef<ResponseTimesReport['firstContact']>('FirstContactReport').implement({
    description: 'How many tickets were solved with at most one reply and never reopened.',
    fields: (t) => ({
      count: t.exposeInt('count', {
        description:
          'How many tickets were solved at first contact, or no longer can be after a second reply, a reopening or another end.',
      }),
      resolvedAtFirstContact: t.exposeInt('resolvedAtFirstContact'),
      ...shared(t),
    }),
  })
  const report = builder.objectRef<ResponseTimesReport>('ResponseTimesReport').implement({
    fields: (t) => ({
      firstResponse: t.expose('firstResponse', { type: target }),
      nextResponse: t.expose('nextResponse', { type: target }),
      resolution: t.expose('resolution', { type: target }),
      firstContact: t.expose('firstContact', { type: firstContact }),
    }),
  })
  builder.queryField('responseTimes', (t) =>
    t.field({
      type: report,
      description:
        'How the targets were met in the period from `from`, included, to `to`, not included; over all time without them.',
      args: { from: t.arg({ type: 'DateTime' }), to: t.arg({ type: 'DateTime' }) },
      extensions: { cost: 200 },
      resolve: async (_, period, { read, services }) => {
        const range = periodOf(period)
        const responseTimes = await read('responseTimes')
        return responseTimes.report(range, (await services.desk.terms()).policy, instant(new Date()))
      },
    }),
  )
}

/** The fields of every target: the share reached, the share aimed at, whether it is met, and what does not count. */
function shared<T extends ResponseTimesReport[keyof ResponseTimesReport]>(t: Fields<T>) {
  return {
    share: t.float({ nullable: true, resolve: ({ share }) => share }),
    targetShare: t.float({ resolve: ({ targetShare }) => targetShare }),
    met: t.boolean({
      nullable: true,
      description: 'Whether the target share was reached; null if nothing counts.',
      resolve: ({ met }) => met,
    }),
    waiting: t.int({
      description: 'How many can still meet the target; they do not count yet.',
      resolve: ({ waiting }) => waiting,
    }),
    leftOut: t.int({
      description:
        'How many were not done when the ticket was closed as spam, merged, invalid or a duplicate; they do not count.',
      resolve: ({ leftOut }) => leftOut,
    }),
  }
}

type Fields<T> = PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, T>

/** Adds `TicketCounters` and `ticketCounters`: the five counters of the dashboard, and the closed tickets. */
function addCounters(builder: ApiBuilder) {
  const counters = builder.objectRef<TicketCounters>('TicketCounters').implement({
    fields: (t) => ({
      total: t.exposeInt('total'),
      new: t.exposeInt('new'),
      inProgress: t.exposeInt('in_progress'),
      waitingCustomer: t.exposeInt('waiting_customer'),
      resolved: t.exposeInt('resolved'),
      closed: t.exposeInt('closed'),
    }),
  })
  builder.queryField('ticketCounters', (t) =>
    t.field({ type: counters, resolve: async (_, __, { read }) => (await read('tickets')).counters() }),
  )
  return counters
}

type CountersRef = ReturnType<typeof addCounters>

type OptionalInstant = Instant | null | undefined

/**
 * Reads the period of a report, from `from`, included, to `to`, not included; without them it has no bounds.
 * @throws `malformed_input` unless it begins before it ends.
 */
export function periodOf({ from, to }: { readonly from?: OptionalInstant; readonly to?: OptionalInstant }): TimeRange {
  if (from && to && from >= to) throw edgeError('malformed_input', `from: must be before to, ${to}`)
  return withoutNestedNulls({ from, to })
}
