import type { AttachmentRow, MessageRow, Page, Slice } from '@guichet/projections'
import { conversationOf, messageKey, projectionsBehind } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import { globalId, joinIds, splitIds } from '../builder.ts'
import { visibilityOf } from '../context.ts'
import { loadFile } from '../file/file-access.ts'
import { connectionOf, loadNodes, namesOf, sliceOf } from '../paging.ts'
import { deskOnly } from '../readers.ts'
import type { ApiContext } from '../services.ts'
import { historiesWithMerged, withBodies } from '../ticket-history.ts'
import type { TicketView } from './ticket.ts'
import { addTicketType, ticketBeside } from './ticket.ts'
import { addPeople, addVocabulary } from '../vocabulary.ts'
import { addFileType } from '../file/file.ts'
import { addMessageOriginal } from '../message-original.ts'

const list = 'conversation'

/**
 * Adds `Ticket.conversation`: the messages, oldest first, those of merged tickets where they came along. Customers see no
 * notes and no internal attachments.
 */
export function addConversation({ builder, use }: SchemaParts) {
  const ticket = use(addTicketType)
  const vocabulary = use(addVocabulary)
  const { actor } = use(addPeople)
  const file = use(addFileType)
  const original = use(addMessageOriginal)
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
      visibility: t.expose('visibility', { type: vocabulary.visibility }),
      file: t.field({
        type: file,
        nullable: true,
        description: 'The file with its content; null where only its description is known.',
        extensions: { cost: 2 },
        resolve: ({ fileId }, _, context) => (fileId == null ? undefined : loadFile(fileId, context)),
      }),
    }),
  })

  const message = builder.objectRef<TicketMessageView>('Message')
  builder.node(message, {
    description: 'A message of a ticket: from the customer or the desk, automatic, or an internal note.',
    id: {
      description: 'The global id. Mutations take it as messageId, as well as `key`.',
      resolve: ({ ticketId, id }) => joinIds(ticketId, id),
    },
    loadMany: loadNodes('ticket', ticketMessageOf),
    fields: (t) => ({
      key: t.exposeID('id', {
        description: 'The stored id. An id chosen by a customer is stored as an id derived from it.',
      }),
      mergedFrom: t.field({
        type: ticket,
        nullable: true,
        description:
          'The ticket that the message was written on, if it came with a merge: mutations that take the message take that ticket. Null for a message of the ticket itself.',
        extensions: { cost: 2 },
        resolve: ({ ticketId, listedIn }, _, context) =>
          listedIn && listedIn.id !== ticketId ? ticketBeside(listedIn, ticketId, context) : null,
      }),
      version: t.exposeInt('version', {
        nullable: true,
        description: 'The version of its ticket after the message; null for customers.',
        extensions: deskOnly,
      }),
      kind: t.expose('kind', { type: vocabulary.messageKind }),
      author: t.expose('author', { type: actor }),
      body: t.exposeString('body'),
      original: t.expose('original', {
        type: original,
        nullable: true,
        description: 'From what the text was translated; null where it was not, and once a part of it was removed.',
      }),
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
        description:
          'The messages of the ticket, oldest first. Those of a ticket that was merged into it stand together, in their order, where the merge took place.',
        extensions: { cost: 5 },
        resolve: (view, args, context) =>
          connectionOf(list, args, async (page) => listedIn(view, await messagesOf(view, page, context))),
      },
      ...namesOf('Message'),
    ),
  )
  return { message }
}

/** Ids of messages and attachments are unique within a ticket. */
type OfTicket<T> = T & { readonly ticketId: string }

/** A message, and the ticket in whose conversation it is listed. */
export type TicketMessageView = MessageRow & { readonly listedIn?: Listing }

type Listing = Pick<TicketView, 'id' | 'asOf'>

const listedIn = ({ id, asOf }: Listing, { rows, ...slice }: Slice<MessageRow>): Slice<TicketMessageView> => ({
  ...slice,
  rows: rows.map(({ row, keyset }) => ({ row: { ...row, listedIn: { id, ...(asOf && { asOf }) } }, keyset })),
})

/** A page of a conversation: from the read model, or folded for a ticket as it was or as a command has just left it. */
async function messagesOf(view: TicketView, page: Page, context: ApiContext): Promise<Slice<MessageRow>> {
  const { id: ticketId, history, asOf, written } = view
  const late = written && !(await context.shows(projectionsBehind.conversation))
  const stored = history ?? (late ? await context.loaders.history.load(ticketId) : undefined)
  if (!stored) return context.loaders.conversation.load({ ticketId, page })
  const { whole, histories } = await historiesWithMerged(context, ticketId, stored, asOf)
  const messages = conversationOf(ticketId, whole, visibilityOf(context))
  const { rows, ...slice } = sliceOf(messages, page, (message) => messageKey(ticketId, message))
  const full = new Map<MessageRow, MessageRow>()
  for (const [id, ticketHistory] of histories) {
    const of = rows.map(({ row }) => row).filter((row) => row.ticketId === id)
    const fullRows = of.length > 0 ? await withBodies(context, ticketHistory, of) : []
    for (const [index, row] of of.entries()) full.set(row, fullRows[index] ?? row)
  }
  return { ...slice, rows: rows.map(({ row, keyset }) => ({ row: full.get(row) ?? row, keyset })) }
}

/** Loads a message, as the viewer may see it, by the id of its ticket and its own. */
export async function ticketMessageOf(id: string, context: ApiContext): Promise<MessageRow | undefined> {
  const [ticketId = '', messageId = ''] = splitIds(id)
  const ticket = await context.loaders.ticket.load(ticketId)
  if (!ticket) return undefined
  const history = await context.loaders.history.load(ticketId)
  const messages = conversationOf(ticketId, { history, merged: new Map() }, visibilityOf(context))
  const [row] = await withBodies(
    context,
    history,
    messages.filter((message) => message.id === messageId),
  )
  return row
}
