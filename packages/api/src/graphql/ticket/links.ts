import type { Instant, Relation } from '@guichet/domain'
import { evolveTicket, fold } from '@guichet/domain'
import type { ApiBuilder } from '../schema/builder.ts'
import { seesOwnOnly } from '../schema/context.ts'
import { historyCost } from '../schema/loaders.ts'
import type { Vocabulary } from '../schema/vocabulary.ts'
import type { TicketRef } from './ticket-type.ts'
import type { TicketHistory } from './ticket-history.ts'
import { ticketBeside } from './ticket-view.ts'

type Link = { readonly to: string; readonly relation: Relation; readonly asOf?: Instant | undefined }

/** `Ticket.links`, read from the ticket's own history; customers are shown none, as they are not shown the linking. */
export function addLinks(builder: ApiBuilder, ticket: TicketRef, { relation }: Vocabulary): void {
  const link = builder.objectRef<Link>('TicketLink').implement({
    fields: (t) => ({
      to: t.exposeID('to', { description: 'The other ticket’s id.' }),
      relation: t.expose('relation', { type: relation, description: 'What this ticket is to the other one.' }),
      ticket: t.field({
        type: ticket,
        nullable: true,
        description: 'The other ticket; of a link of a ticket as it was, as the other one was then.',
        resolve: (view, _, context) => ticketBeside(view, view.to, context),
      }),
    }),
  })

  builder.objectField(ticket, 'links', (t) =>
    t.field({
      type: [link],
      description: 'The tickets that the desk has linked it to; empty for customers.',
      extensions: { cost: historyCost },
      resolve: async ({ id, history, asOf }, _, context) => {
        if (seesOwnOnly(context)) return []
        const links = linksOf(history ?? (await context.loaders.history.load(id)))
        return links.map((each) => ({ ...each, asOf }))
      },
    }),
  )
}

function linksOf(history: TicketHistory): readonly Link[] {
  const state = fold(
    { initial: { status: 'absent' }, evolve: evolveTicket },
    history.map(({ event }) => event),
  )
  return state.status === 'absent' ? [] : state.links
}
