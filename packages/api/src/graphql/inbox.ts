import type { EventEnvelope, NotificationKind, Position, TicketEvent } from '@guichet/domain'
import { importIdOf, momentOf, notificationKinds } from '@guichet/domain'
import type { InboxRow, ShownInbox } from '@guichet/projections'
import { ticketModels } from '@guichet/projections'
import { actorOf, kindsShownTo } from '../auth/principal.ts'
import { edgeError } from '../errors.ts'
import type { ApiBuilder } from './builder.ts'
import { commandData, commandFields, inputOf, send } from './command.ts'
import { seesOwnOnly, viewerOf } from './context.ts'
import type { IncidentRef } from './incident.ts'
import { connectionOf, loadNodes, namesOf } from './paging.ts'
import type { ResultTypes } from './result-types.ts'
import type { ApiContext } from './services.ts'
import { streaming, toPosition } from './subscription.ts'
import type { TicketRef } from './ticket.ts'
import type { Vocabulary } from './vocabulary.ts'
import { enumOf } from './vocabulary.ts'

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
function inboxOf(context: ApiContext): ShownInbox {
  const viewer = viewerOf(context)
  return {
    withDesk: actorOf(viewer).kind === 'agent',
    kinds: kindsShownTo(viewer),
    ownTickets: viewer.role === 'customer',
  }
}

type NotificationRef = ReturnType<typeof addInbox>

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

/** How the viewer wants to be told; everybody decides for themselves alone. */
export function addRecipientMutations(builder: ApiBuilder, words: Vocabulary, { recipientPayload }: ResultTypes): void {
  const preferenceInput = inputOf(builder, 'changePreference', (t) => ({
    ...commandFields(t, 'what you chose'),
    preference: t.field({ type: words.preference, required: true }),
  }))
  const languageInput = inputOf(builder, 'chooseLanguage', (t) => ({
    ...commandFields(t, 'what you chose'),
    language: t.string({ required: true }),
  }))

  builder.mutationFields((t) => ({
    changePreference: t.field({
      type: recipientPayload('changePreference'),
      description: 'Chooses the ways on which you are told.',
      args: { input: t.arg({ type: preferenceInput, required: true }) },
      resolve: (_, { input }, context) =>
        send(context, 'recipient', viewerOf(context).id, { type: 'changePreference', ...commandData(input) }, input),
    }),
    chooseLanguage: t.field({
      type: recipientPayload('chooseLanguage'),
      description: 'Chooses the language you are told in.',
      args: { input: t.arg({ type: languageInput, required: true }) },
      resolve: (_, { input }, context) =>
        send(context, 'recipient', viewerOf(context).id, { type: 'chooseLanguage', ...commandData(input) }, input),
    }),
  }))
}
