import { instant } from '@guichet/domain'
import type { SlaDashboard, SlaFigures } from '@guichet/projections'
import { slaDimensions } from '@guichet/projections'
import { connectionOf, namesOf } from '../paging/connection.ts'
import type { ApiBuilder } from '../schema/builder.ts'
import type { Vocabulary } from '../schema/vocabulary.ts'
import type { FilterInputs } from '../ticket/filter.ts'
import type { TicketRef } from '../ticket/ticket-type.ts'
import { readSlaFilter, readSlaTargetFilter } from './sla-filter.ts'
import { addSlaTarget } from './sla-target-type.ts'
import { periodOf } from '../report/period.ts'
import { enumOf } from '../schema/enum-values.ts'

const list = 'slaTargets'

/** `slaDashboard` and `slaTargets`: how the desk keeps its promises, and which ones. */
export function addSla(builder: ApiBuilder, ticket: TicketRef, words: Vocabulary, filters: FilterInputs): void {
  const record = addSlaTarget(builder, ticket, words)
  const { filter, targetFilter } = filters.sla
  const figures = builder.objectRef<SlaFigures>('SlaFigures').implement({
    description: 'Numbers of targets: the first four of those open now, the others of those of the period.',
    fields: (t) => ({
      onTime: t.exposeInt('onTime'),
      aboutToBreach: t.exposeInt('aboutToBreach', { description: 'The desk has been warned of them.' }),
      breached: t.exposeInt('breached', { description: 'Overdue, whether or not anybody has recorded it.' }),
      paused: t.exposeInt('paused', { description: 'Their clock stands still.' }),
      met: t.exposeInt('met', { description: 'Done in time, within the period.' }),
      missed: t.exposeInt('missed', { description: 'Due within the period and not done by then.' }),
      cancelled: t.exposeInt('cancelled', { description: 'Given up within the period, before they were due.' }),
      share: t.exposeFloat('share', { nullable: true, description: 'Met, of those met and missed, from 0 to 1.' }),
    }),
  })
  const group = builder.objectRef<SlaDashboard['groups'][number]>('SlaGroup').implement({
    fields: (t) => ({
      key: t.exposeString('key', { nullable: true, description: 'Null for tickets that have none.' }),
      figures: t.expose('figures', { type: figures }),
    }),
  })
  const dashboard = builder.objectRef<SlaDashboard>('SlaDashboard').implement({
    fields: (t) => ({
      total: t.expose('total', { type: figures }),
      groups: t.field({ type: [group], resolve: ({ groups }) => [...groups] }),
    }),
  })
  const dimension = enumOf(builder, 'SlaDimension', slaDimensions)

  builder.queryFields((t) => ({
    slaDashboard: t.field({
      type: dashboard,
      description:
        'How open targets stand now, and how those of the period ended, told apart by a dimension: categories one level below the one of the filter’s that holds them, whose own group is what is in none of its subcategories; at the top without one.',
      args: {
        by: t.arg({ type: dimension, defaultValue: 'category' }),
        filter: t.arg({ type: filter }),
        from: t.arg({ type: 'DateTime', description: 'Included.' }),
        to: t.arg({ type: 'DateTime', description: 'Not included.' }),
      },
      extensions: { cost: 200 },
      resolve: async (_, { by, filter: conditions, from, to }, { read }) => {
        const question = {
          by: by ?? ('category' as const),
          filter: readSlaFilter(conditions),
          period: periodOf({ from, to }),
        }
        const sla = await read('sla')
        return sla.dashboard(question, instant(new Date()))
      },
    }),
    slaTargets: t.connection(
      {
        type: record,
        description: 'Targets by when they are or were due; those whose clock stands still come last.',
        args: { filter: t.arg({ type: targetFilter }) },
        extensions: { cost: 200 },
        resolve: (_, { filter: conditions, ...args }, { read }) =>
          connectionOf(list, args, async (page) => {
            const asked = readSlaTargetFilter(conditions)
            return (await read('sla')).list(asked, page, instant(new Date()))
          }),
      },
      ...namesOf('SlaTargetRecord'),
    ),
  }))
}
