import type { EventEnvelope, Position, TicketEvent } from '@guichet/domain'
import { deskRecipient, importIdOf, momentOf } from '@guichet/domain'
import type { InboxRow, Page } from '@guichet/projections'
import type { NotificationRef } from '../inbox/inbox.ts'
import { deskToo } from '../inbox/inbox.ts'
import type { ApiBuilder } from '../schema/builder.ts'
import type { ApiContext } from '../schema/context.ts'
import { viewerOf } from '../schema/context.ts'
import { toPosition } from './position.ts'
import { streaming } from './stream.ts'
import { untilShown } from './ticket-changed.ts'

type Receipt = { readonly position: Position; readonly notification: InboxRow }

const batchSize = 500
const pageSize = 100

/** `inboxReceived`: everything the viewer is told, in order, without a gap. */
export function addInboxReceived(builder: ApiBuilder, notification: NotificationRef): void {
  const receipt = builder.objectRef<Receipt>('InboxReceipt').implement({
    fields: (t) => ({
      position: t.exposeString('position', { description: 'Give it as `after` to go on from here.' }),
      notification: t.expose('notification', { type: notification }),
    }),
  })

  builder.subscriptionField('inboxReceived', (t) =>
    t.field({
      type: receipt,
      description: 'What you are told from now on or, with `after`, since a position.',
      args: { after: t.arg.string() },
      subscribe: async (_, { after }, context) => {
        const { services } = context
        return received(context, await (after == null ? services.store.head() : toPosition(services, after)))
      },
      resolve: (value: Receipt) => value,
    }),
  )
}

function received(context: ApiContext, from: Position | undefined): AsyncIterableIterator<Receipt> {
  const { store } = context.services
  return streaming(context, tells, async function* ({ take }) {
    let after = from
    for (;;) {
      const events = await store.readAll({ after, limit: batchSize })
      const telling = events.filter(tells)
      if (telling.length > 0) yield* receipts(context, telling)
      after = events.at(-1)?.position ?? after
      if (events.length < batchSize) await take()
    }
  })
}

/** Whether anybody is told of an event at all. */
function tells({ stream, event, correlationId }: EventEnvelope): boolean {
  if (!stream.startsWith('ticket-') || importIdOf(correlationId) !== undefined) return false
  return momentOf(event as TicketEvent) !== undefined
}

/** What the viewer was told of some events: their notifications are named after the events. */
async function* receipts(
  context: ApiContext,
  events: readonly EventEnvelope[],
): AsyncGenerator<Receipt, void, undefined> {
  const viewer = viewerOf(context).id
  const last = events.at(-1)
  if (!last) return
  await untilShown(context, last.position)
  const rows = await rowsSince(context, viewer, events.map(({ event }) => event.at).sort()[0] ?? '')
  for (const { id, position } of events) {
    for (const recipient of [viewer, deskRecipient]) {
      const notification = rows.get(`${id}:${recipient}`)
      if (notification) yield { position, notification }
    }
  }
}

/** The viewer's inbox back to an instant, by id. */
async function rowsSince(context: ApiContext, viewer: string, oldest: string): Promise<ReadonlyMap<string, InboxRow>> {
  const found = new Map<string, InboxRow>()
  let page: Page = { limit: pageSize }
  for (;;) {
    const { rows, hasNext } = await context.services.readModels.inbox.ofRecipient(viewer, page, deskToo(context))
    for (const { row } of rows) found.set(row.id, row)
    const last = rows.at(-1)
    if (!last || !hasNext || last.row.at < oldest) return found
    page = { limit: pageSize, after: last.keyset }
  }
}
