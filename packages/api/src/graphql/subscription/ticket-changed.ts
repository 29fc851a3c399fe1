import type { Position } from '@guichet/domain'
import { streamName } from '@guichet/domain'
import { isShownToCustomers, ticketModels } from '@guichet/projections'
import { edgeError } from '../../errors/index.ts'
import type { ApiBuilder } from '../schema/builder.ts'
import type { ApiContext } from '../schema/context.ts'
import { seesOwnOnly, viewerOf } from '../schema/context.ts'
import { ticketIdSchema } from '../ticket/ticket-id.ts'
import type { TicketRef } from '../ticket/ticket-type.ts'
import type { TicketHistory } from '../ticket/ticket-view.ts'
import { readHistory } from '../ticket/ticket-view.ts'
import type { Happening } from '../timeline/happening.ts'
import type { TimelineItemRef } from '../timeline/timeline-field.ts'
import { toPosition } from './position.ts'
import { streaming } from './stream.ts'

type TicketChange = { readonly ticketId: string; readonly happening: Happening }

/** `ticketChanged`: every event of one ticket that the viewer may see, in order, without a gap. */
export function addTicketChanged(builder: ApiBuilder, ticket: TicketRef, item: TimelineItemRef): void {
  const change = builder.objectRef<TicketChange>('TicketChange').implement({
    fields: (t) => ({
      position: t.string({
        description: 'Give it as `after` to go on from here.',
        resolve: ({ happening }) => happening.position,
      }),
      happened: t.field({ type: item, resolve: ({ happening }) => happening as never }),
      ticket: t.field({
        type: ticket,
        nullable: true,
        description: 'The ticket as it is now.',
        resolve: ({ ticketId }, _, { loaders }) => loaders.ticket.load(ticketId),
      }),
    }),
  })

  builder.subscriptionField('ticketChanged', (t) =>
    t.field({
      type: change,
      description: 'What happens to a ticket from now on or, with `after`, since a position.',
      args: { id: t.arg.id({ required: true }), after: t.arg.string() },
      subscribe: async (_, { id, after }, context) => {
        const { ownership } = context.services
        if (!ticketIdSchema.safeParse(id).success) throw edgeError('ticket_unknown')
        const position = after == null ? undefined : await toPosition(context.services, after, ticketModels)
        const [history, maySee] = await Promise.all([
          readHistory(context.services, id),
          ownership.maySee(viewerOf(context), id),
        ])
        if (!maySee || history.length === 0) throw edgeError('ticket_unknown')
        return changes(context, id, history, position)
      },
      resolve: (value: TicketChange) => value,
    }),
  )
}

function changes(
  context: ApiContext,
  ticketId: string,
  history: TicketHistory,
  after: Position | undefined,
): AsyncIterableIterator<TicketChange> {
  const { services } = context
  const stream = streamName('ticket', ticketId)
  let seen = history.filter(
    ({ position }) => after === undefined || services.store.comparePositions(position, after) <= 0,
  ).length

  return streaming(
    context,
    (envelope) => envelope.stream === stream,
    async function* ({ take }) {
      for (;;) {
        const news = await readHistory(services, ticketId, seen + 1)
        const last = news.at(-1)
        if (last) {
          await untilShown(context, last.position)
          seen = last.version
        }
        for (const happening of news) {
          if (seesOwnOnly(context) && !isShownToCustomers(happening)) continue
          yield { ticketId, happening }
        }
        await take()
      }
    },
  )
}

/** Waits until the read models of tickets show an event, so that whoever hears of it can ask for it; gives up after a minute. */
async function untilShown(context: ApiContext, position: Position): Promise<void> {
  await context.services.runner.reached(position, 60_000, ticketModels)
  context.reload(position)
}
