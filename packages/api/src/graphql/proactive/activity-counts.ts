import { mostReportDays } from '@guichet/projections'
import type { ActivityCount, ActivityDayCount, ActivityDimension } from '@guichet/workflows'
import { activityDimensions } from '@guichet/workflows'
import type { SchemaParts } from '../builder.ts'
import { daysOf } from '../desk/reports.ts'
import { enumOf } from '../vocabulary.ts'

const dimensionNames: Readonly<Record<ActivityDimension, string>> = {
  kind: 'The kind of activity.',
  page: 'The page.',
  version: 'The version of what has reported it.',
  day: 'The day in UTC.',
  trouble: 'The kind and the code of those that may mean trouble.',
}

/** The most values that are counted. */
const mostValues = 100

/** Adds `activityCounts`: what customers of the desk do and meet, in numbers. */
export function addActivityCounts({ builder }: SchemaParts): void {
  const dimension = enumOf(builder, 'ActivityDimension', activityDimensions, {
    description: 'By what activities are counted.',
    describe: (word) => dimensionNames[word],
  })
  const day = builder.objectRef<ActivityDayCount>('ActivityDayCount').implement({
    description: 'How many activities of one value there are on a day.',
    fields: (t) => ({
      day: t.expose('day', { type: 'Date', description: 'The day, in UTC.' }),
      count: t.exposeFloat('count', { description: 'How many there are.' }),
    }),
  })
  const count = builder.objectRef<ActivityCount>('ActivityCount').implement({
    description: 'How many activities have one value of a dimension.',
    fields: (t) => ({
      value: t.string({
        nullable: true,
        description: 'The value; null for those that have none.',
        resolve: ({ value }) => (value === '' ? undefined : value),
      }),
      count: t.exposeFloat('count', { description: 'How many there are.' }),
      people: t.exposeInt('people', {
        nullable: true,
        description: 'How many people had the trouble, each counted once a day; null for other dimensions.',
      }),
      days: t.field({
        type: [day],
        description: 'The same by day, without days that have none.',
        resolve: ({ days: counts }) => counts,
      }),
    }),
  })
  builder.queryField('activityCounts', (t) =>
    t.field({
      type: [count],
      description: `How many activities were reported in a period, by the values of a dimension: the ${mostValues} most frequent ones, or the days in order.`,
      args: {
        by: t.arg({ type: dimension, defaultValue: 'kind', description: 'The dimension; the kind unless given.' }),
        from: t.arg({ type: 'Date', description: 'The first day, in UTC; 29 days before the last one unless given.' }),
        to: t.arg({ type: 'Date', description: 'The last day, in UTC; today unless given.' }),
      },
      extensions: { cost: 100 },
      resolve: async (_, { by, ...period }, { services }) => {
        const range = daysOf(period, mostReportDays, services.desk.now())
        const counted = await services.activities?.countsBy(by ?? 'kind', range, mostValues)
        return [...(counted ?? [])]
      },
    }),
  )
}
