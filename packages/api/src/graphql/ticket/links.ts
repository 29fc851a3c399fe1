import type { Relation } from '@guichet/domain'
import { evolveTicket, fold } from '@guichet/domain'
import type { ApiBuilder } from '../schema/builder.ts'
import { seesOwnOnly } from '../schema/context.ts'
import { historyCost } from '../schema/loaders.ts'
import type { Vocabulary } from '../schema/vocabulary.ts'
import type { TicketRef } from './ticket-type.ts'
import type { TicketHistory, TicketView } from './ticket-view.ts'

type Link = { readonly to: string; readonly relation: Relation; readonly ticket: TicketView | null }

/** `Ticket.links`, read from the ticket's own history; customers see links to tickets of their own only. */
export function addLinks(builder: ApiBuilder, ticket: TicketRef, { relation }: Vocabulary): void {
  const link = builder.objectRef<Link>('TicketLink').implement({
    fields: (t) => ({
      to: t.exposeID('to', { description: 'The other ticket’s id.' }),
      relation: t.expose('relation', { type: relation, description: 'What this ticket is to the other one.' }),
      ticket: t.expose('ticket', { type: ticket, nullable: true }),
    }),
  })

  builder.objectField(ticket, 'links', (t) =>
    t.field({
      type: [link],
      extensions: { cost: historyCost },
      resolve: async ({ id, history }, _, context) => {
        const links = linksOf(history ?? (await context.loaders.history.load(id)))
        const loaded = await Promise.all(
          links.map(async (each) => ({ ...each, ticket: await context.loaders.ticket.load(each.to) })),
        )
        return seesOwnOnly(context) ? loaded.filter((each) => each.ticket !== null) : loaded
      },
    }),
  )
}

function linksOf(history: TicketHistory): readonly { readonly to: string; readonly relation: Relation }[] {
  const state = fold(
    { initial: { status: 'absent' }, evolve: evolveTicket },
    history.map(({ event }) => event),
  )
  return state.status === 'absent' ? [] : state.links
}
