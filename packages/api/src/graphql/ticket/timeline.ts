import type { EventEnvelope } from '@guichet/domain'
import { isShownToCustomers } from '@guichet/domain'
import type { Keyset } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import { seesOwnOnly } from '../context.ts'
import { historyCost } from '../loaders.ts'
import { connectionOf, namesOf, sliceOf } from '../paging.ts'
import { withTexts } from '../ticket-history.ts'
import { addTicketType } from './ticket.ts'
import { addTimelineTypes } from './timeline-types.ts'

/** The name of the list in its cursors. */
export const timeline = 'timeline'

/** The place of an event in the timeline of its ticket. */
export const keysetOf = ({ position }: Pick<EventEnvelope, 'position'>): Keyset => ({ value: position, id: '' })

/** Adds `Ticket.timeline`: all events, oldest first, read from the ticket's history. */
export function addTimeline({ builder, use }: SchemaParts) {
  const ticket = use(addTicketType)
  const item = builder.unionType('TimelineItem', {
    description: 'One event of a ticket.',
    types: use(addTimelineTypes),
    resolveType: ({ event }) => event.type,
  })

  builder.objectField(ticket, 'timeline', (t) =>
    t.connection(
      {
        type: item,
        description: 'The events of the ticket, oldest first. Customers do not see internal ones.',
        extensions: { cost: historyCost },
        resolve: async ({ id, history }, args, context) => {
          const envelopes = history ?? (await context.loaders.history.load(id))
          const visible = seesOwnOnly(context) ? envelopes.filter(isShownToCustomers) : envelopes
          const connection = await connectionOf(timeline, args, async (page) => {
            const slice = sliceOf(visible, page, keysetOf)
            const [first] = slice.rows
            const before = first ? visible.indexOf(first.row) : 0
            const shownEvents = await withTexts(
              context,
              slice.rows.map(({ row }) => row),
            )
            const rows = slice.rows.map(({ keyset, row }, index) => ({
              keyset,
              row: { ...(shownEvents[index] ?? row), number: () => before + index + 1 },
            }))
            return { ...slice, rows }
          })
          return { ...connection, totalCount: visible.length }
        },
      },
      {
        ...namesOf('TimelineItem')[0],
        fields: (c) => ({ totalCount: c.exposeInt('totalCount', { description: 'How many events you may see.' }) }),
      },
      namesOf('TimelineItem')[1],
    ),
  )
  return item
}
