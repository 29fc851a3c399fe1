import type { NotificationKind, Position } from '@guichet/domain'
import { notificationKinds } from '@guichet/domain'
import type { InboxRow, ShownInbox } from '@guichet/projections'
import { actorOf, kindsShownTo } from '../../auth/index.ts'
import { connectionOf, namesOf } from '../paging/connection.ts'
import type { ApiBuilder } from '../schema/builder.ts'
import type { ApiContext } from '../schema/context.ts'
import { seesOwnOnly, viewerOf } from '../schema/context.ts'
import type { IncidentRef } from '../incident/incident-type.ts'
import type { TicketRef } from '../ticket/ticket-type.ts'
import { enumOf } from '../schema/enum-values.ts'
import { loadNodes } from '../schema/load-nodes.ts'

const list = 'inbox'

/** `Notification` and the viewer's own `inbox`. */
export function addInbox(builder: ApiBuilder, ticket: TicketRef, incident: IncidentRef) {
  const kinds = Object.keys(notificationKinds) as NotificationKind[]
  const kind = enumOf(builder, 'NotificationKind', kinds)
  const level = enumOf(builder, 'NotificationLevel', ['info', 'success', 'warning'])

  const notification = builder.objectRef<InboxRow>('Notification')
  builder.node(notification, {
    description: 'Something one person, or the desk, was told.',
    id: { description: 'Unique in your inbox.', resolve: ({ position }) => position },
    loadMany: loadNodes('inbox', async (position, context) => {
      const shown = { ...inboxOf(context), position: position as Position }
      const { rows } = await (await context.read('inbox')).ofRecipient(viewerOf(context).id, { limit: 1 }, shown)
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
        description: 'Whether everybody at the desk was told, and not you alone.',
        resolve: ({ recipientId }) => recipientId === undefined,
      }),
      team: t.exposeString('team', { nullable: true, description: 'The team that the desk was told for.' }),
      ticket: t.field({
        type: ticket,
        nullable: true,
        description: 'Null when you may not see it.',
        resolve: ({ ticketId }, _, { loaders }) => loaders.ticket.load(ticketId),
      }),
      incident: t.field({
        type: incident,
        nullable: true,
        description: 'The incident that it tells of; null for customers.',
        resolve: ({ incidentId }, _, context) =>
          incidentId === undefined || seesOwnOnly(context) ? undefined : context.loaders.incident.load(incidentId),
      }),
    }),
  })

  builder.queryField('inbox', (t) =>
    t.connection(
      {
        type: notification,
        description: 'What you were told and, if you work at the desk, what it was told; newest first.',
        resolve: (_, args, context) =>
          connectionOf(list, args, async (page) =>
            (await context.read('inbox')).ofRecipient(viewerOf(context).id, page, inboxOf(context)),
          ),
      },
      ...namesOf('Notification'),
    ),
  )
  return notification
}

/** Who works at the desk is shown what it is told; a customer only what followers are told of the customer's own tickets. */
export function inboxOf(context: ApiContext): ShownInbox {
  const viewer = viewerOf(context)
  return {
    withDesk: actorOf(viewer).kind === 'agent',
    kinds: kindsShownTo(viewer),
    ownTickets: viewer.role === 'customer',
  }
}

export type NotificationRef = ReturnType<typeof addInbox>
