import type { AttachmentRow, MessageRow, Slice } from '@guichet/projections'
import { conversationOf, projectionsBehind } from '@guichet/projections'
import type { ApiBuilder } from './builder.ts'
import { globalId, joinIds, splitIds } from './builder.ts'
import { internally, visibilityOf } from './context.ts'
import { connectionOf, loadNodes, namesOf, sliceOf } from './paging.ts'
import type { ApiContext } from './services.ts'
import { withBodies } from './ticket-history.ts'
import type { TicketRef } from './ticket.ts'
import type { People, Vocabulary } from './vocabulary.ts'

const list = 'conversation'

/** `Ticket.conversation`: what was said, oldest first; customers see no notes and no internal attachments. */
export function addConversation(builder: ApiBuilder, ticket: TicketRef, words: Vocabulary, { actor }: People): void {
  const attachment = builder.objectRef<OfTicket<AttachmentRow>>('Attachment').implement({
    fields: (t) => ({
      id: t.id({
        description: 'Unique among everything that has an id.',
        resolve: ({ ticketId, id }) => globalId('Attachment', joinIds(ticketId, id)),
      }),
      key: t.exposeID('id', { description: 'The id that was chosen for it, unique on its ticket.' }),
      name: t.exposeString('name'),
      mediaType: t.exposeString('mediaType'),
      bytes: t.exposeInt('bytes'),
      visibility: t.expose('visibility', { type: words.visibility }),
    }),
  })

  const message = builder.objectRef<OfTicket<MessageRow>>('Message')
  builder.node(message, {
    description: 'Something said on a ticket: by either side, as an internal note, or by the desk itself.',
    id: {
      description: 'What mutations take as messageId, as well as `key`.',
      resolve: ({ ticketId, id }) => joinIds(ticketId, id),
    },
    loadMany: loadNodes('ticket', messageOf),
    fields: (t) => ({
      key: t.exposeID('id', {
        description: 'As the ticket keeps it: what a customer chose is kept under an id that stands for it.',
      }),
      version: t.int({
        nullable: true,
        description: 'The version of the ticket that it brought about; null for customers.',
        resolve: ({ version }, _, context) => internally(context, version),
      }),
      kind: t.expose('kind', { type: words.messageKind }),
      author: t.expose('author', { type: actor }),
      body: t.exposeString('body'),
      at: t.expose('at', { type: 'DateTime' }),
      attachments: t.field({
        type: [attachment],
        resolve: ({ ticketId, attachments }) => attachments.map((each) => ({ ...each, ticketId })),
      }),
    }),
  })

  builder.objectField(ticket, 'conversation', (t) =>
    t.connection(
      {
        type: message,
        description: 'What was said, oldest first.',
        extensions: { cost: 5 },
        resolve: ({ id: ticketId, history, written }, args, context) =>
          connectionOf(list, args, async (page) => {
            const late = written && !(await context.shows(projectionsBehind.conversation))
            const stored = history ?? (late ? await context.loaders.history.load(ticketId) : undefined)
            if (!stored) return ofTicket(ticketId, await context.loaders.conversation.load({ ticketId, page }))
            const slice = sliceOf(conversationOf(ticketId, stored, visibilityOf(context)), page, ({ id }) => id)
            const shown = await withBodies(
              context,
              stored,
              slice.rows.map(({ row }) => row),
            )
            const rows = slice.rows.map((each, place) => ({ ...each, row: shown[place] ?? each.row }))
            return ofTicket(ticketId, { ...slice, rows })
          }),
      },
      ...namesOf('Message'),
    ),
  )
}

/** Ids of messages and attachments are unique on a ticket. */
type OfTicket<T> = T & { readonly ticketId: string }

const ofTicket = <T>(ticketId: string, { rows, ...slice }: Slice<T>): Slice<OfTicket<T>> => ({
  ...slice,
  rows: rows.map(({ row, keyset }) => ({ row: { ...row, ticketId }, keyset })),
})

/** A message as the viewer is shown it, by the ids of its ticket and its own. */
async function messageOf(id: string, context: ApiContext): Promise<OfTicket<MessageRow> | undefined> {
  const [ticketId = '', messageId = ''] = splitIds(id)
  const ticket = await context.loaders.ticket.load(ticketId)
  if (!ticket) return undefined
  const history = await context.loaders.history.load(ticketId)
  const found = conversationOf(ticketId, history, visibilityOf(context)).filter((message) => message.id === messageId)
  const [shown] = await withBodies(context, history, found)
  return shown && { ...shown, ticketId }
}
