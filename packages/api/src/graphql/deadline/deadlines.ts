import { parseStream } from '@guichet/domain'
import type { TicketDeadlineRow } from '@guichet/projections'
import { assertPageSize } from '../paging/page.ts'
import type { ApiBuilder } from '../schema/builder.ts'
import { seesOwnOnly } from '../schema/context.ts'
import type { Vocabulary } from '../schema/vocabulary.ts'
import type { TicketRef } from '../ticket/ticket-type.ts'

/** Deadlines: of a ticket, and of the whole desk. Customers see none: they are the desk's own affair. */
export function addDeadlines(builder: ApiBuilder, ticket: TicketRef, { deadlineKind }: Vocabulary): void {
  const deadline = builder.objectRef<TicketDeadlineRow>('Deadline').implement({
    description: 'Something that falls due unless something else happens first.',
    fields: (t) => ({
      kind: t.expose('kind', { type: deadlineKind }),
      dueAt: t.expose('dueAt', { type: 'DateTime' }),
      cycle: t.exposeInt('cycle', { description: 'Tells it from its elder twins.' }),
      held: t.boolean({
        description: 'True while the history of an imported ticket is not complete.',
        resolve: ({ heldBy }) => heldBy !== undefined,
      }),
      ticket: t.field({
        type: ticket,
        nullable: true,
        resolve: ({ stream }, _, { loaders }) => loaders.ticket.load(parseStream(stream).id),
      }),
    }),
  })

  builder.objectField(ticket, 'deadlines', (t) =>
    t.field({
      type: [deadline],
      description:
        'What falls due, earliest first. Empty for customers, and for a ticket as it was at an earlier moment.',
      extensions: { cost: 3 },
      resolve: ({ id, asOf }, _, context) =>
        seesOwnOnly(context) || asOf !== undefined
          ? []
          : (context.loaders.deadlines.load(id) as Promise<TicketDeadlineRow[]>),
    }),
  )

  builder.queryField('deadlines', (t) =>
    t.field({
      type: [deadline],
      description: 'What falls due before an instant on any ticket, earliest first.',
      args: {
        dueBefore: t.arg({ type: 'DateTime', required: true }),
        first: t.arg.int({ required: true }),
      },
      resolve: async (_, { dueBefore, first }, { read }) => {
        assertPageSize('first', first)
        const deadlines = await read('deadlines')
        return [...(await deadlines.dueBefore(dueBefore, first))]
      },
    }),
  )
}
