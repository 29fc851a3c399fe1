import type { ResponseTimesReport, TargetReport } from '@guichet/projections'
import type { ApiBuilder } from '../schema/builder.ts'

/** `responseTimes`: how the targets of the policy were kept over a period. */
export function addResponseTimes(builder: ApiBuilder): void {
  const target = builder.objectRef<TargetReport>('TargetReport').implement({
    description: 'How one target was kept: durations in milliseconds, shares from 0 to 1, null where nothing counts.',
    fields: (t) => ({
      count: t.exposeInt('count'),
      median: t.exposeFloat('median', { nullable: true }),
      p90: t.exposeFloat('p90', { nullable: true }),
      withinTarget: t.exposeInt('withinTarget'),
      share: t.exposeFloat('share', { nullable: true }),
      target: t.exposeFloat('target'),
    }),
  })
  const firstContact = builder.objectRef<ResponseTimesReport['firstContact']>('FirstContactReport').implement({
    fields: (t) => ({
      count: t.exposeInt('count'),
      resolvedAtFirstContact: t.exposeInt('resolvedAtFirstContact'),
      share: t.exposeFloat('share', { nullable: true }),
      target: t.exposeFloat('target'),
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
      resolve: (_, { from, to }, { services }) => {
        const range = { ...(from && { from }), ...(to && { to }) }
        return services.readModels.responseTimes.report(range, services.desk.policy.targets)
      },
    }),
  )
}
