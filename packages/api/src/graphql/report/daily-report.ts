import type { DailyReport } from '@guichet/projections'
import { countDays, mostReportDays } from '@guichet/projections'
import { edgeError } from '../../errors/index.ts'
import type { ApiBuilder } from '../schema/builder.ts'
import type { CountersRef } from './counters.ts'

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
