import type { EventEnvelope, Position } from '@guichet/domain'
import { isShownToCustomers, redactedBy, streamName } from '@guichet/domain'
import { ticketModels } from '@guichet/projections'
import { edgeError } from '../../errors.ts'
import type { SchemaParts } from '../builder.ts'
import { ticketIdSchema } from '../builder.ts'
import { seesOwnOnly, viewerOf } from '../context.ts'
import { followStream, versionAt } from '../follow-stream.ts'
import { keysetIn, toCursor } from '../paging.ts'
import type { ApiContext } from '../services.ts'
import { maySeeTicket } from '../shared-access.ts'
import type { Source } from '../subscription.ts'
import { addSubscription, changeFields, Ended, toPosition } from '../subscription.ts'
import { readTicketHistory } from '../ticket-history.ts'
import type { RecordedTicketEvent, TimelineEvent } from './timeline-types.ts'
import { addTimeline, keysetOf, timeline } from './timeline.ts'
import { addTicketType } from './ticket.ts'

type TicketChange = { readonly ticketId: string; readonly event: TimelineEvent }

/** Adds `ticketChanged`: every event of a ticket that the viewer may see, in order, without a gap. */
export function addTicketChanged({ builder, use }: SchemaParts): void {
  const ticket = use(addTicketType)
  const item = use(addTimeline)
  const change = builder.objectRef<TicketChange>('TicketChange').implement({
    fields: (t) => ({
      ...changeFields<TicketChange>(
        t,
        '`Ticket.timeline`',
        ({ event }) => toCursor(timeline, keysetOf(event)),
        ({ event }) => event.position,
      ),
      event: t.expose('event', { type: item, description: 'The event.' }),
      ticket: t.field({
        type: ticket,
        nullable: true,
        description: 'The current ticket.',
        resolve: ({ ticketId }, _, { loaders }) => loaders.ticket.load(ticketId),
      }),
    }),
  })

  addSubscription(builder, 'ticketChanged', {
    type: change,
    description: 'The events of a ticket from now on or, with `after`, after one of them.',
    args: builder.args((t) => ({
      id: t.id({ required: true }),
      after: t.string({
        description:
          'Where to continue, however long ago that was: a cursor of `ticketChanged` or `Ticket.timeline`, or a position.',
      }),
    })),
    source: async ({ id, after }, context) => {
      const { desk, store } = context.services
      if (!ticketIdSchema.safeParse(id).success) throw edgeError('ticket_unknown')
      const keyset = after == null ? undefined : keysetIn(timeline, after)
      const position =
        after == null ? undefined : await toPosition(context.services, keyset?.value ?? after, ticketModels)
      const [{ version }, maySee] = await Promise.all([desk.read('ticket', id), maySeeTicket(id, context)])
      if (!maySee || version === 0) throw edgeError('ticket_unknown')
      if (position === undefined) return changes(context, id, version)
      const stream = streamName('ticket', id)
      const from = await versionAt(store, stream, version, position)
      const [last] = keyset ? await store.readStream(stream, Math.max(from, 1), 1) : []
      if (keyset && last?.position !== position) throw edgeError('cursor_invalid')
      return changes(context, id, from)
    },
  })
}

async function changes(context: ApiContext, ticketId: string, after: number): Promise<Source<TicketChange>> {
  const seesOwn = seesOwnOnly(context)
  const isShared = seesOwn && !(await isTheirs(context, ticketId))
  const shows = (envelope: EventEnvelope): boolean =>
    !seesOwn || isWithdrawal(envelope) || isShownToCustomers(envelope as RecordedTicketEvent)
  let before: Promise<number> | undefined
  const numberBefore = (): Promise<number> =>
    (before ??= shownUpTo(context, ticketId, after).catch((error: unknown) => {
      before = undefined
      throw error
    }))
  let sent = 0
  return followStream(context, { stream: streamName('ticket', ticketId), after, shows }, async (envelope) => {
    if (seesOwn && isWithdrawal(envelope)) {
      if (!isShared && !(await isTheirs(context, ticketId))) throw new Ended()
      if (!isShownToCustomers(envelope as RecordedTicketEvent)) return undefined
    }
    shownFrom(context, envelope.position)
    if (isShared && !(await maySeeTicket(ticketId, context))) throw new Ended()
    const place = ++sent
    const event = await shownNow(context, ticketId, envelope as RecordedTicketEvent)
    return { ticketId, event: { ...event, number: async () => (await numberBefore()) + place } }
  })
}

/** How many events of a ticket the viewer is shown up to a version. */
async function shownUpTo(context: ApiContext, ticketId: string, version: number): Promise<number> {
  const earlier = (await readTicketHistory(context, ticketId)).filter((envelope) => envelope.version <= version)
  return (seesOwnOnly(context) ? earlier.filter(isShownToCustomers) : earlier).length
}

/** An event without what has been removed from its ticket by now. */
async function shownNow(
  { services: { desk } }: ApiContext,
  ticketId: string,
  envelope: RecordedTicketEvent,
): Promise<RecordedTicketEvent> {
  const { event } = envelope
  if (!('body' in event) && !('briefing' in event) && !mayBeRemoved.has(event.type)) return envelope
  const { state } = await desk.read('ticket', ticketId)
  return state.status === 'absent' ? envelope : { ...envelope, event: redactedBy(state, event) }
}

/** The events, besides those with the text of a message or a briefing, of which content may be removed. */
const mayBeRemoved: ReadonlySet<string> = new Set([
  'AttachmentAdded',
  'TicketClassified',
  'TicketClosed',
  'TicketRenamed',
])

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
