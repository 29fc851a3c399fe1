import type { AttachmentRow, MessageRow } from '@guichet/projections'
import { conversationOf, projectionsBehind } from '@guichet/projections'
import { connectionOf, namesOf } from '../paging/connection.ts'
import { sliceOf } from '../paging/in-memory.ts'
import type { ApiBuilder } from '../schema/builder.ts'
import { internally, visibilityOf } from '../schema/context.ts'
import type { People } from '../schema/people.ts'
import type { Vocabulary } from '../schema/vocabulary.ts'
import { withBodies } from '../ticket/ticket-history.ts'
import type { TicketRef } from '../ticket/ticket-type.ts'

const list = 'conversation'

/** `Ticket.conversation`: what was said, oldest first; customers see no notes and no internal attachments. */
export function addConversation(builder: ApiBuilder, ticket: TicketRef, words: Vocabulary, { actor }: People): void {
  const attachment = builder.objectRef<AttachmentRow>('Attachment').implement({
    fields: (t) => ({
      attachmentId: t.exposeID('id'),
      name: t.exposeString('name'),
      mediaType: t.exposeString('mediaType'),
      bytes: t.exposeInt('bytes'),
      visibility: t.expose('visibility', { type: words.visibility }),
    }),
  })

  const message = builder.objectRef<MessageRow>('Message').implement({
    description: 'Something said on a ticket: by either side, as an internal note, or by the desk itself.',
    fields: (t) => ({
      messageId: t.exposeID('id', {
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
      attachments: t.expose('attachments', { type: [attachment] }),
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
            if (!stored) return context.loaders.conversation.load({ ticketId, page })
            const slice = sliceOf(conversationOf(ticketId, stored, visibilityOf(context)), page, ({ id }) => id)
            const shown = await withBodies(
              context,
              stored,
              slice.rows.map(({ row }) => row),
            )
            return { ...slice, rows: slice.rows.map((each, place) => ({ ...each, row: shown[place] ?? each.row })) }
          }),
      },
      ...namesOf('Message'),
    ),
  )
}
