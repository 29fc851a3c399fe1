import type { NotificationKind, Position } from '@guichet/domain'
import { mayNotify, mergedCustomersOf, notificationKinds } from '@guichet/domain'
import type { InboxFilter, InboxRow } from '@guichet/projections'
import { ticketModels } from '@guichet/projections'
import { actorOf, isCustomer, kindsShownTo } from '../../auth/principal.ts'
import { edgeError } from '../../errors.ts'
import type { SchemaParts } from '../builder.ts'
import { viewerOf } from '../context.ts'
import { connectionOf, keysetIn, loadNodes, namesOf, toCursor } from '../paging.ts'
import { deskOnly } from '../readers.ts'
import type { ApiContext } from '../services.ts'
import type { Source } from '../subscription.ts'
import { addSubscription, changeFields, lastPosition, pauseUntilShown, toPosition } from '../subscription.ts'
import { enumOf } from '../vocabulary.ts'
import { addTicketType } from '../ticket/ticket.ts'
import { addIncidentType } from '../incident/incident.ts'
import { addChatType } from '../chat/chat.ts'
import { addDraftType } from '../proactive/draft.ts'

const list = 'inbox'

/** Adds `Notification` and the viewer's `inbox`. */
export function addInbox({ builder, use }: SchemaParts) {
  const ticket = use(addTicketType)
  const incident = use(addIncidentType)
  const chat = use(addChatType)
  const { draft } = use(addDraftType)
  const kinds = Object.keys(notificationKinds) as NotificationKind[]
  const kind = enumOf(builder, 'NotificationKind', kinds)
  const level = enumOf(builder, 'NotificationLevel', ['info', 'success', 'warning'])

  const notification = builder.objectRef<InboxRow>('Notification')
  builder.node(notification, {
    description: 'A notification of one person or of the desk.',
    id: { description: 'The id, unique within your inbox.', resolve: ({ position }) => position },
    loadMany: loadNodes('inbox', async (position, context) => {
      const filter = { ...(await inboxOf(context)), position: position as Position }
      const { rows } = await (await context.read('inbox')).ofRecipient(viewerOf(context).id, { limit: 1 }, filter)
      return rows[0]?.row
    }),
    fields: (t) => ({
      kind: t.expose('kind', { type: kind }),
      level: t.expose('level', { type: level }),
      title: t.exposeString('title'),
      message: t.exposeString('message'),
      language: t.exposeString('language'),
      at: t.expose('at', { type: 'DateTime' }),
      toDesk: t.boolean({
        description: 'Whether the notification is for everybody at the desk, and not only for you.',
        resolve: ({ recipientId }) => recipientId === undefined,
      }),
      team: t.exposeString('team', {
        nullable: true,
        description: 'The team that the notification to the desk concerns; null for customers.',
        extensions: deskOnly,
      }),
      ticket: t.field({
        type: ticket,
        nullable: true,
        description: 'The ticket; null if you may not see it.',
        resolve: ({ ticketId }, _, { loaders }) => (ticketId === undefined ? null : loaders.ticket.load(ticketId)),
      }),
      chat: t.field({
        type: chat,
        nullable: true,
        description: 'The chat that it is about; null for customers.',
        extensions: deskOnly,
        resolve: ({ chatId }, _, { loaders }) => (chatId === undefined ? null : loaders.chat.load(chatId)),
      }),
      incident: t.field({
        type: incident,
        nullable: true,
        description: 'The incident that it is about; null for customers.',
        extensions: deskOnly,
        resolve: ({ incidentId }, _, { loaders }) =>
          incidentId === undefined ? undefined : loaders.incident.load(incidentId),
      }),
      draft: t.field({
        type: draft,
        nullable: true,
        description: 'The draft of a ticket that it is about, with its customer; null for customers.',
        extensions: { ...deskOnly, cost: 5 },
        resolve: async ({ draftId }, _, { read }) =>
          draftId === undefined ? null : (await (await read('drafts')).byIds([draftId]))[0],
      }),
    }),
  })

  builder.queryField('inbox', (t) =>
    t.connection(
      {
        type: notification,
        description:
          'Your notifications and, if you work at the desk, those of the desk; newest first. A customer has those of customers who were merged into them, too.',
        resolve: (_, args, context) =>
          connectionOf(list, args, async (page) =>
            (await context.read('inbox')).ofRecipient(viewerOf(context).id, page, await inboxOf(context)),
          ),
      },
      ...namesOf('Notification'),
    ),
  )
  return notification
}

/**
 * Staff see the notifications of the desk; customers see only notifications to followers of their own tickets, and of
 * those of customers who were merged into them.
 */
async function inboxOf(context: ApiContext): Promise<InboxFilter> {
  const viewer = viewerOf(context)
  const person = isCustomer(viewer) ? await mergedCustomersOf(context.services.desk, viewer.id) : []
  return {
    merged: person.filter((id) => id !== viewer.id),
    withDesk: actorOf(viewer).kind === 'agent',
    kinds: kindsShownTo(viewer),
    ownTickets: isCustomer(viewer),
  }
}

const pageSize = 50
const mostSince = 5_000

/** The read models of notifications and their tickets. */
const models: readonly string[] = ['inbox', ...ticketModels]

/** Adds `inboxReceived`: all notifications of the viewer, in order, without a gap. */
export function addInboxReceived({ builder, use }: SchemaParts): void {
  const notification = use(addInbox)
  const receipt = builder.objectRef<InboxRow>('InboxReceipt').implement({
    fields: (t) => ({
      ...changeFields<InboxRow>(
        t,
        '`inbox`',
        ({ at, position }) => toCursor(list, { value: at, id: position }),
        ({ position }) => position,
      ),
      notification: t.field({ type: notification, resolve: (row) => row }),
    }),
  })

  addSubscription(builder, 'inboxReceived', {
    type: receipt,
    description: 'Your notifications from now on or, with `after`, those that came after one of them.',
    args: builder.args((t) => ({
      after: t.string({
        description:
          'Where to continue, however long ago that was: a cursor of `inboxReceived` or `inbox`, or a position.',
      }),
    })),
    source: async ({ after }, context) => {
      const { services } = context
      if (after == null) return received(context, await services.store.head())
      return received(context, await toPosition(services, keysetIn(list, after)?.id ?? after, models))
    },
  })
}

/**
 * The rows of the inbox after the last one sent. Events only trigger a read: a row that the read model shows late, or after a
 * rebuild, is sent with the next read.
 */
function received(context: ApiContext, after: Position | undefined): Source<InboxRow> {
  const { services } = context
  const { listen, take } = lastPosition(context, mayNotify)
  let latest: Position | undefined
  let sent = after
  return {
    listen,
    begin: async () => {
      latest = await services.store.head()
    },
    values: async function* () {
      latest = take() ?? latest
      const pause = await pauseUntilShown(services, latest, models)
      const rows = await notificationsSince(context, sent)
      if (rows.length > 0) context.reload(latest)
      for (const row of rows) {
        yield row
        sent = row.position
      }
      return pause
    },
  }
}

/** Returns the notifications of the viewer after a position, in order; throws `position_invalid` when there are too many for a stream. */
async function notificationsSince(context: ApiContext, after: Position | undefined): Promise<readonly InboxRow[]> {
  const { readModels, store } = context.services
  const { id } = viewerOf(context)
  const filter = await inboxOf(context)
  const notifications: InboxRow[] = []
  for (;;) {
    const before = notifications.at(-1)?.position
    const rows = await readModels.inbox.newest(id, { limit: pageSize, before, after, ...filter })
    const added = rows.filter(({ position }) => after === undefined || store.comparePositions(position, after) > 0)
    notifications.push(...added)
    if (rows.length < pageSize || added.length < rows.length) return notifications.reverse()
    if (notifications.length > mostSince)
      throw edgeError('position_invalid', 'there are too many notifications since that position')
  }
}
