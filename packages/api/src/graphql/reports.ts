import type { Instant } from '@guichet/domain'
import { instant } from '@guichet/domain'
import type { DailyReport, ResponseTimesReport, TargetReport, TicketCounters, TimeRange } from '@guichet/projections'
import { countDays, mostReportDays } from '@guichet/projections'
import { edgeError } from '../errors.ts'
import type { ApiBuilder, SchemaTypes } from './builder.ts'
import { withoutNullFields } from './command.ts'

/** `dailyReport`: what happened on each day of a period, and how each day ended. */
export function addDailyReport(builder: ApiBuilder, counters: CountersRef): void {
  const report = builder.objectRef<DailyReport>('DailyReport').implement({
    description: 'One day of the desk’s time zone as it is now.',
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
      medianFirstResponse: t.exposeFloat('medianFirstResponse', { nullable: true, description: 'In milliseconds.' }),
    }),
  })
  builder.queryField('dailyReport', (t) =>
    t.field({
      type: [report],
      description: `One report for each day from \`first\` to \`last\`, both included; at most ${mostReportDays} days.`,
      args: { first: t.arg({ type: 'Date', required: true }), last: t.arg({ type: 'Date', required: true }) },
      extensions: { cost: 100 },
      resolve: async (_, { first, last }, { read, services }) => {
        const days = countDays(first, last)
        if (days < 1 || days > mostReportDays) {
          throw edgeError('malformed_input', `first and last: from 1 to ${mostReportDays} days, not ${days}`)
        }
        const { policy } = await services.desk.terms()
        return [...(await (await read('dailyReport')).days(first, last, policy.timeZone))]
      },
    }),
  )
}

/** `responseTimes`: how the targets of the policy were kept over a period. */
export function addResponseTimes(builder: ApiBuilder): void {
  const target = builder.objectRef<TargetReport>('TargetReport').implement({
    description: 'How one target was kept: durations in milliseconds, shares from 0 to 1, null where nothing counts.',
    fields: (t) => ({
      count: t.exposeInt('count', { description: 'What kept the target, and what has missed it.' }),
      median: t.exposeFloat('median', { nullable: true, description: 'Of what was done.' }),
      p90: t.exposeFloat('p90', { nullable: true }),
      withinTarget: t.exposeInt('withinTarget', { description: 'Done in less time than the target.' }),
      overdue: t.exposeInt('overdue', {
        description: 'Not done yet though the target has passed: counted, and missed.',
      }),
      unanswered: t.exposeInt('unanswered', {
        description: 'The ticket was closed while the customer waited for an answer: counted, and missed.',
      }),
      target: t.exposeFloat('target', { description: 'In milliseconds.' }),
      calendar: t.exposeString('calendar', {
        nullable: true,
        description: 'What its time is counted on; null for around the clock.',
      }),
      ...shared(t),
    }),
  })
  const firstContact = builder.objectRef<ResponseTimesReport['firstContact']>('FirstContactReport').implement({
    description: 'How many of the tickets were solved with one reply at most and never came back.',
    fields: (t) => ({
      count: t.exposeInt('count', {
        description:
          'The tickets solved so, and those that no longer can be: a second reply, a reopening, another end.',
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
      description: 'Of the period from `from`, included, to `to`, not included; of all time without them.',
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

/** What every target has: the share that was reached, the one aimed at, whether that is enough, and what does not count. */
function shared<T extends ResponseTimesReport[keyof ResponseTimesReport]>(t: Fields<T>) {
  return {
    share: t.float({ nullable: true, resolve: ({ share }) => share }),
    targetShare: t.float({ resolve: ({ targetShare }) => targetShare }),
    met: t.boolean({ nullable: true, description: 'Null where nothing counts.', resolve: ({ met }) => met }),
    waiting: t.int({
      description: 'What may still keep the target: it does not count yet.',
      resolve: ({ waiting }) => waiting,
    }),
    leftOut: t.int({
      description: 'Not done when the ticket was closed as spam, merged, invalid or a duplicate: it does not count.',
      resolve: ({ leftOut }) => leftOut,
    }),
  }
}

type Fields<T> = PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, T>

/** `TicketCounters` and `ticketCounters`: the five counters of the dashboard, and the closed tickets besides. */
export function addCounters(builder: ApiBuilder) {
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

type Bound = Instant | null | undefined

/**
 * The period of a report, from `from`, included, to `to`, not included; of all time without them.
 * @throws `malformed_input` for one that ends before it begins, or where it begins.
 */
export function periodOf({ from, to }: { readonly from?: Bound; readonly to?: Bound }): TimeRange {
  if (from && to && from >= to) throw edgeError('malformed_input', `from: must be before to, ${to}`)
  return withoutNullFields({ from, to })
}
