import type { Position } from '@guichet/domain'
import { isShownToCustomers, readInPages, streamName } from '@guichet/domain'
import { ticketModels } from '@guichet/projections'
import { edgeError } from '../errors.ts'
import type { ApiBuilder } from './builder.ts'
import { ticketIdSchema } from './builder.ts'
import { seesOwnOnly, viewerOf } from './context.ts'
import type { ApiContext } from './services.ts'
import { streaming, toPosition } from './subscription.ts'
import type { TicketRef } from './ticket.ts'
import type { RecordedTicketEvent } from './timeline-texts.ts'
import type { TimelineItemRef } from './timeline.ts'

type TicketChange = { readonly ticketId: string; readonly event: RecordedTicketEvent }

/** Adds `ticketChanged`: every event of a ticket that the viewer may see, in order, without a gap. */
export function addTicketChanged(builder: ApiBuilder, ticket: TicketRef, item: TimelineItemRef): void {
  const change = builder.objectRef<TicketChange>('TicketChange').implement({
    fields: (t) => ({
      position: t.string({
        description: 'The position, for use as `after` to continue from here.',
        resolve: ({ event }) => event.position,
      }),
      event: t.expose('event', { type: item, description: 'The event.' }),
      ticket: t.field({
        type: ticket,
        nullable: true,
        description: 'The current ticket.',
        resolve: ({ ticketId }, _, { loaders }) => loaders.ticket.load(ticketId),
      }),
    }),
  })

  builder.subscriptionField('ticketChanged', (t) =>
    t.field({
      type: change,
      description: 'The events of a ticket from now on or, with `after`, after a position.',
      args: { id: t.arg.id({ required: true }), after: t.arg.string() },
      subscribe: async (_, { id, after }, context) => {
        const { ownership } = context.services
        if (!ticketIdSchema.safeParse(id).success) throw edgeError('ticket_unknown')
        const position = after == null ? undefined : await toPosition(context.services, after, ticketModels)
        const [{ version, seen }, maySee] = await Promise.all([
          versionsOf(context, id, position),
          ownership.maySee(viewerOf(context), id),
        ])
        if (!maySee || version === 0) throw edgeError('ticket_unknown')
        return changes(context, id, seen)
      },
      resolve: (value: TicketChange) => value,
    }),
  )
}

/** Returns the current version of a ticket and its version at a position; without a position they are equal. */
async function versionsOf(
  { services: { store }, budget }: ApiContext,
  ticketId: string,
  after: Position | undefined,
): Promise<{ readonly version: number; readonly seen: number }> {
  let version = 0
  let seen = 0
  for await (const page of readInPages(store, streamName('ticket', ticketId))) {
    budget.events(page)
    version += page.length
    seen += page.filter(({ position }) => after === undefined || store.comparePositions(position, after) <= 0).length
  }
  return { version, seen }
}

function changes(context: ApiContext, ticketId: string, from: number): AsyncIterableIterator<TicketChange> {
  const { services } = context
  const stream = streamName('ticket', ticketId)
  let seen = from

  return streaming(
    context,
    (envelope) => envelope.stream === stream,
    async function* ({ next }) {
      for (;;) {
        for await (const page of readInPages(services.store, stream, seen + 1)) {
          context.budget.events(page)
          context.budget.release()
          const last = page.at(-1)
          if (last) {
            await untilShown(context, last.position)
            seen = last.version
          }
          for (const envelope of page as readonly RecordedTicketEvent[]) {
            if (
              seesOwnOnly(context) &&
              envelope.event.type === 'TicketImportWithdrawn' &&
              !(await isTheirs(context, ticketId))
            )
              return
            if (seesOwnOnly(context) && !isShownToCustomers(envelope)) continue
            yield { ticketId, event: envelope }
          }
        }
        await next()
      }
    },
  )
}

/** Whether a ticket whose import was taken back has been imported again for the viewer. */
const isTheirs = (context: ApiContext, ticketId: string): Promise<boolean> | boolean =>
  context.services.ownership.maySee(viewerOf(context), ticketId)

/** Waits until the read models of tickets show an event, so that its reader can query it; gives up after a minute. */
async function untilShown(context: ApiContext, position: Position): Promise<void> {
  await context.services.runner.reached(position, 60_000, ticketModels)
  context.reload(position)
}
