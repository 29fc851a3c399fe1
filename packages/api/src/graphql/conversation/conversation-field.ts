import type { AttachmentRow, MessageRow } from '@guichet/projections'
import { edgeError } from '../../errors/index.ts'
import { toConnection } from '../paging/connection.ts'
import { toPage } from '../paging/page.ts'
import { sliceByVersion, versionOf } from '../paging/versions.ts'
import type { ApiBuilder } from '../schema/builder.ts'
import { seesOwnOnly } from '../schema/context.ts'
import type { People } from '../schema/people.ts'
import type { Vocabulary } from '../schema/vocabulary.ts'
import type { TicketRef } from '../ticket/ticket-type.ts'
import { messagesOf } from './messages-of.ts'

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
      messageId: t.exposeID('id'),
      version: t.exposeInt('version'),
      kind: t.expose('kind', { type: words.messageKind }),
      author: t.expose('author', { type: actor }),
      body: t.exposeString('body'),
      at: t.expose('at', { type: 'DateTime' }),
      attachments: t.expose('attachments', { type: [attachment] }),
    }),
  })

  builder.objectField(ticket, 'conversation', (t) =>
    t.connection({
      type: message,
      description: 'What was said, oldest first, from `first` and `after` on.',
      extensions: { cost: 5 },
      resolve: async ({ id, history }, args, context) => {
        const page = toPage(list, args)
        if (history) {
          const messages = messagesOf(id, history, seesOwnOnly(context) ? 'public' : 'all')
          return toConnection(list, sliceByVersion(messages, page), (row) => row)
        }
        if (page.backward || page.before) {
          throw edgeError('page_size_invalid', 'a conversation is read forward: give first, and after to go on')
        }
        const afterVersion = versionOf(page.after, 0)
        const messages = await context.loaders.conversation.load({ ticketId: id, afterVersion, limit: page.limit + 1 })
        return toConnection(list, sliceByVersion(messages, page), (row) => row)
      },
    }),
  )
}
