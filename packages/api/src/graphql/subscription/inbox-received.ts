import type { EventEnvelope, Position, TicketEvent } from '@guichet/domain'
import { importIdOf, momentOf } from '@guichet/domain'
import type { InboxRow } from '@guichet/projections'
import { ticketModels } from '@guichet/projections'
import { edgeError } from '../../errors/index.ts'
import type { NotificationRef } from '../inbox/inbox.ts'
import { inboxOf } from '../inbox/inbox.ts'
import type { ApiBuilder } from '../schema/builder.ts'
import type { ApiContext } from '../schema/context.ts'
import { viewerOf } from '../schema/context.ts'
import { toPosition } from './position.ts'
import { streaming } from './stream.ts'

const pageSize = 50
const mostSince = 5_000

/** What a notification is read from, and the ticket that it tells of. */
const models: readonly string[] = ['inbox', ...ticketModels]

/** How long the read models may take until the inbox is looked into all the same, in milliseconds. */
const patience = 5_000

/** `inboxReceived`: everything the viewer is told, in order, without a gap. */
export function addInboxReceived(builder: ApiBuilder, notification: NotificationRef): void {
  const receipt = builder.objectRef<InboxRow>('InboxReceipt').implement({
    fields: (t) => ({
      position: t.exposeString('position', { description: 'Give it as `after` to go on from here.' }),
      notification: t.field({ type: notification, resolve: (row) => row }),
    }),
  })

  builder.subscriptionField('inboxReceived', (t) =>
    t.field({
      type: receipt,
      description: 'What you are told from now on or, with `after`, since a position.',
      args: { after: t.arg.string() },
      subscribe: async (_, { after }, context) => {
        const { services } = context
        return received(context, await (after == null ? services.store.head() : toPosition(services, after, models)))
      },
      resolve: (row: InboxRow) => row,
    }),
  )
}

/**
 * The inbox itself says what to send: its rows after the last one sent. Events only say when to look; one that the read
 * model shows late, or after a rebuild, is sent with the next look.
 */
function received(context: ApiContext, after: Position | undefined): AsyncIterableIterator<InboxRow> {
  const { runner, store } = context.services
  return streaming(context, tells, async function* ({ next }) {
    let heard = await store.head()
    let sent = after
    for (;;) {
      const shown = heard === undefined || (await runner.reached(heard, patience, models))
      const rows = await toldSince(context, sent)
      if (rows.length > 0) context.reload(heard)
      for (const row of rows) {
        yield row
        sent = row.position
      }
      heard = (await next(shown ? undefined : patience)) ?? heard
    }
  })
}

/** Whether anybody is told of an event at all. */
function tells({ stream, event, correlationId }: EventEnvelope): boolean {
  if (importIdOf(correlationId) !== undefined) return false
  if (stream.startsWith('incident-')) return true
  if (!stream.startsWith('ticket-')) return false
  return momentOf(event as TicketEvent) !== undefined
}

/** What the viewer was told after a position, in order; throws `position_invalid` when that is too much for a stream. */
async function toldSince(context: ApiContext, after: Position | undefined): Promise<readonly InboxRow[]> {
  const { readModels, store } = context.services
  const { id } = viewerOf(context)
  const shown = inboxOf(context)
  const found: InboxRow[] = []
  for (;;) {
    const before = found.at(-1)?.position
    const rows = await readModels.inbox.lastTold(id, { limit: pageSize, before, after, ...shown })
    const news = rows.filter(({ position }) => after === undefined || store.comparePositions(position, after) > 0)
    found.push(...news)
    if (rows.length < pageSize || news.length < rows.length) return found.reverse()
    if (found.length > mostSince) throw edgeError('position_invalid', 'too much has been told since that position')
  }
}
