import type { AttachmentRow, MessageRow, Slice } from '@guichet/projections'
import { conversationOf, projectionsBehind } from '@guichet/projections'
import type { ApiBuilder } from './builder.ts'
import { globalId, joinIds, splitIds } from './builder.ts'
import { internally, visibilityOf } from './context.ts'
import { loadFile } from './file-access.ts'
import type { FileRef } from './file.ts'
import { connectionOf, loadNodes, namesOf, sliceOf } from './paging.ts'
import type { ApiContext } from './services.ts'
import { withBodies } from './ticket-history.ts'
import type { TicketRef } from './ticket.ts'
import type { People, Vocabulary } from './vocabulary.ts'

const list = 'conversation'

/** Adds `Ticket.conversation`: the messages, oldest first. Customers see no notes and no internal attachments. */
export function addConversation(
  builder: ApiBuilder,
  ticket: TicketRef,
  words: Vocabulary,
  { actor }: People,
  file: FileRef,
): void {
  const attachment = builder.objectRef<OfTicket<AttachmentRow>>('Attachment').implement({
    fields: (t) => ({
      id: t.id({
        description: 'The global id, unique across all types.',
        resolve: ({ ticketId, id }) => globalId('Attachment', joinIds(ticketId, id)),
      }),
      key: t.exposeID('id', { description: 'The id chosen for it, unique within its ticket.' }),
      name: t.exposeString('name'),
      mediaType: t.exposeString('mediaType'),
      bytes: t.exposeInt('bytes'),
      visibility: t.expose('visibility', { type: words.visibility }),
      file: t.field({
        type: file,
        nullable: true,
        description: 'The file with its content; null where only its description is known.',
        extensions: { cost: 2 },
        resolve: ({ fileId }, _, context) => (fileId == null ? undefined : loadFile(fileId, context)),
      }),
    }),
  })

  const message = builder.objectRef<OfTicket<MessageRow>>('Message')
  builder.node(message, {
    description: 'A message of a ticket: from the customer or the desk, automatic, or an internal note.',
    id: {
      description: 'The global id. Mutations take it as messageId, as well as `key`.',
      resolve: ({ ticketId, id }) => joinIds(ticketId, id),
    },
    loadMany: loadNodes('ticket', messageOf),
    fields: (t) => ({
      key: t.exposeID('id', {
        description: 'The stored id. An id chosen by a customer is stored as an id derived from it.',
      }),
      version: t.int({
        nullable: true,
        description: 'The version of the ticket after the message; null for customers.',
        resolve: ({ version }, _, context) => internally(context, version),
      }),
      kind: t.expose('kind', { type: words.messageKind }),
      author: t.expose('author', { type: actor }),
      body: t.exposeString('body'),
      at: t.expose('at', { type: 'DateTime' }),
      redactedAt: t.expose('redactedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When content of it was last removed; `body` is what is left.',
      }),
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
        description: 'The messages of the ticket, oldest first.',
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

/** Ids of messages and attachments are unique within a ticket. */
type OfTicket<T> = T & { readonly ticketId: string }

const ofTicket = <T>(ticketId: string, { rows, ...slice }: Slice<T>): Slice<OfTicket<T>> => ({
  ...slice,
  rows: rows.map(({ row, keyset }) => ({ row: { ...row, ticketId }, keyset })),
})

/** Loads a message, as the viewer may see it, by the id of its ticket and its own. */
async function messageOf(id: string, context: ApiContext): Promise<OfTicket<MessageRow> | undefined> {
  const [ticketId = '', messageId = ''] = splitIds(id)
  const ticket = await context.loaders.ticket.load(ticketId)
  if (!ticket) return undefined
  const history = await context.loaders.history.load(ticketId)
  const found = conversationOf(ticketId, history, visibilityOf(context)).filter((message) => message.id === messageId)
  const [shown] = await withBodies(context, history, found)
  return shown && { ...shown, ticketId }
}
