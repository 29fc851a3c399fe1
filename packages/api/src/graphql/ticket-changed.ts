import type { EventEnvelope, Position } from '@guichet/domain'
import { isShownToCustomers, redactedBy, streamName } from '@guichet/domain'
import { ticketModels } from '@guichet/projections'
import { edgeError } from '../errors.ts'
import type { ApiBuilder } from './builder.ts'
import { ticketIdSchema } from './builder.ts'
import { seesOwnOnly, viewerOf } from './context.ts'
import { followStream, versionAt } from './follow-stream.ts'
import type { ApiContext } from './services.ts'
import { maySeeTicket } from './shared-access.ts'
import { toPosition } from './subscription.ts'
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
        const { desk, store } = context.services
        if (!ticketIdSchema.safeParse(id).success) throw edgeError('ticket_unknown')
        const position = after == null ? undefined : await toPosition(context.services, after, ticketModels)
        const [{ version }, maySee] = await Promise.all([desk.read('ticket', id), maySeeTicket(id, context)])
        if (!maySee || version === 0) throw edgeError('ticket_unknown')
        const stream = streamName('ticket', id)
        return changes(
          context,
          id,
          position === undefined ? version : await versionAt(store, stream, version, position),
        )
      },
      resolve: (value: TicketChange) => value,
    }),
  )
}

async function changes(
  context: ApiContext,
  ticketId: string,
  after: number,
): Promise<AsyncIterableIterator<TicketChange>> {
  const own = seesOwnOnly(context)
  const isShared = own && !(await isTheirs(context, ticketId))
  const shows = (envelope: EventEnvelope): boolean =>
    !own || isWithdrawal(envelope) || isShownToCustomers(envelope as RecordedTicketEvent)
  return followStream(context, { stream: streamName('ticket', ticketId), after, shows }, async function* (events) {
    for await (const envelope of events) {
      if (own && isWithdrawal(envelope)) {
        if (!isShared && !(await isTheirs(context, ticketId))) return
        if (!isShownToCustomers(envelope as RecordedTicketEvent)) continue
      }
      shownFrom(context, envelope.position)
      if (isShared && !(await maySeeTicket(ticketId, context))) return
      yield { ticketId, event: await shownNow(context, ticketId, envelope as RecordedTicketEvent) }
    }
  })
}

/** An event without what has been removed from its ticket by now. */
async function shownNow(
  { services: { desk } }: ApiContext,
  ticketId: string,
  envelope: RecordedTicketEvent,
): Promise<RecordedTicketEvent> {
  const { event } = envelope
  if (!('messageId' in event) && !('briefing' in event) && !mayBeRemoved.has(event.type)) return envelope
  const { state } = await desk.read('ticket', ticketId)
  return state.status === 'absent' ? envelope : { ...envelope, event: redactedBy(state, event) }
}

/** The events, besides those of messages and briefings, that content of may be removed. */
const mayBeRemoved: ReadonlySet<string> = new Set(['TicketClosed', 'TicketRenamed', 'TicketSplit'])

const isWithdrawal = ({ event }: EventEnvelope): boolean => event.type === 'TicketImportWithdrawn'

/** Whether the ticket was opened for the viewer themselves, also if its import was taken back and made again. */
const isTheirs = (context: ApiContext, ticketId: string): Promise<boolean> | boolean =>
  context.services.ownership.maySee(viewerOf(context), ticketId)

/** How long the fields of a change wait until the read models show its event, in milliseconds. */
const patienceMs = 60_000

/** Lets the fields of a change that are read from read models, and later requests to this server, show its event. */
function shownFrom(context: ApiContext, position: Position): void {
  context.services.acknowledged.written(position)
  context.showFrom(position, patienceMs)
}
