import type { ObjectRef } from '@pothos/core'
import type { z } from 'zod'
import type { ChatEventData, ChatEventType, ChatMessage } from '@guichet/domain'
import {
  changedMessage,
  chatEvents,
  chatReadingSchema,
  isShownInChat,
  storedInstantSchema,
  withoutContent,
  wordChatEvent,
} from '@guichet/domain'
import { edgeError } from '../../errors.ts'
import type { SchemaParts, SchemaTypes } from '../builder.ts'
import { joinIds, splitIds } from '../builder.ts'
import type { ChatView } from './chat.ts'
import { addChatType, reasonSeen } from './chat.ts'
import { addChatAgent } from './chat-agents.ts'
import { addChatEnums, chatEventTypes } from './chat-enums.ts'
import type { NumberedChatEvent } from './chat-history.ts'
import { chatEventAt, eventsOf, eventsUntil, isRedactedIn, readChatEvents } from './chat-history.ts'
import type { ChatMessageView } from './chat-message.ts'
import { addChatMessageType } from './chat-message.ts'
import { seesOwnOnly } from '../context.ts'
import { createFieldTypes, fieldTypeOf } from '../field-types.ts'
import { unwrap } from '../inputs.ts'
import { historyCost } from '../loaders.ts'
import { connectionOf, loadNodes, namesOf } from '../paging.ts'
import { deskOnly } from '../readers.ts'
import type { ApiContext } from '../services.ts'
import { readVisibleChat } from '../shared-access.ts'
import { addPeople } from '../vocabulary.ts'

/** The names of fields that `ChatEvent`, which has the fields of every event, calls otherwise. */
const names: { readonly [T in ChatEventType]?: { readonly [K in keyof ChatEventData<T>]?: string } } = {
  ChatCallEnded: { reason: 'callEndReason' },
  ChatCallRequested: { kind: 'callKind' },
  ChatCategorized: { to: 'category' },
  ChatEscalated: { to: 'priority' },
  ChatPriorityChanged: { to: 'priority' },
  ChatTransferred: { to: 'agent' },
}

/** A field of `ChatEvent`, with its key in each type of event that has it. */
type EventField = {
  readonly schema: z.ZodType
  readonly description: string
  readonly keys: Map<ChatEventType, string>
}

/**
 * The fields that follow from the definitions of events, by name: those with a description, the same in each event.
 * Customers read them of the events that they are shown: `chat-event.test.ts` lists these.
 */
export function fieldsOfEvents(): ReadonlyMap<string, EventField> {
  const fields = new Map<string, EventField>()
  for (const type of chatEventTypes) {
    const named: Readonly<Record<string, string>> = names[type] ?? {}
    for (const [key, ofEvent] of Object.entries<z.ZodType>(chatEvents[type].schema.shape)) {
      const { inner: schema, description } = unwrap(ofEvent)
      if (description === undefined) continue
      const name = named[key] ?? key
      const field = fields.get(name) ?? { schema, description, keys: new Map<ChatEventType, string>() }
      if (field.description !== description) throw new Error(`${type}.${key}: ${name} has two descriptions`)
      fields.set(name, field)
      field.keys.set(type, key)
    }
  }
  return fields
}

/** Adds `ChatEvent`: one event of a chat, with the fields of its type; those of other types are null. */
export function addChatEventType({ builder, use }: SchemaParts) {
  const { actor } = use(addPeople)
  const enums = use(addChatEnums)
  const message = use(addChatMessageType)
  const chatEvent = builder.objectRef<NumberedChatEvent>('ChatEvent')
  builder.node(chatEvent, {
    description: 'One event of a chat. Fields that its type does not have are null.',
    id: { resolve: ({ chatId, envelope }) => joinIds(chatId, envelope.position) },
    loadMany: loadNodes('chat', eventOf),
    fields: (t) => ({
      type: t.field({
        type: enums.eventType,
        description: 'The type.',
        resolve: ({ envelope }) => envelope.event.type,
      }),
      number: t.int({
        nullable: true,
        description: 'Its number in what the customer is shown, without gaps; null for an internal event.',
        resolve: ({ number, envelope }) => (isShownInChat(envelope.event) ? number : undefined),
      }),
      at: t.field({ type: 'DateTime', description: 'When it happened.', resolve: ({ envelope }) => envelope.event.at }),
      by: t.field({ type: actor, description: 'Who caused it.', resolve: ({ envelope }) => envelope.event.by }),
      version: t.int({
        nullable: true,
        description: 'The version of the chat after it; null for customers.',
        extensions: deskOnly,
        resolve: ({ envelope }) => envelope.version,
      }),
      message: t.field({
        type: message,
        nullable: true,
        description: 'The message that was sent; without its content once that was removed.',
        resolve: sentMessage,
      }),
      text: t.string({
        description: 'A sentence that says what happened, without what was said and without the reason.',
        args: {
          language: t.arg.string({
            required: true,
            description: 'A language tag; the closest one of the desk is used.',
          }),
          timeZone: t.arg.string({ description: 'The IANA time zone of the moments in it; UTC unless given.' }),
        },
        resolve: ({ envelope: { event }, isRedacted }, { language, timeZone }, context) =>
          wordChatEvent(event.type === 'ChatActionChosen' && isRedacted ? { ...event, label: '' } : event, {
            audience: seesOwnOnly(context) ? 'customer' : 'desk',
            ...readingOf({ language, timeZone: timeZone ?? undefined }),
          }).what,
      }),
      body: t.string({
        nullable: true,
        description: 'The text of a message after a change; empty once its content was removed.',
        resolve: ({ envelope: { event }, isRedacted }) =>
          event.type === 'ChatMessageEdited' ? (isRedacted ? '' : event.body) : undefined,
      }),
      label: t.string({
        nullable: true,
        description: 'The text of the action; empty once the content of the message was removed.',
        resolve: ({ envelope: { event }, isRedacted }) =>
          'label' in event ? (isRedacted ? '' : event.label) : undefined,
      }),
      closeReason: t.field({
        type: enums.closeReason,
        nullable: true,
        description: 'Why the chat was closed. Customers see `OTHER` instead of `SPAM`.',
        resolve: ({ envelope: { event } }, _, context) =>
          event.type === 'ChatClosed' ? reasonSeen(context, event.reason) : undefined,
      }),
      team: t.string({
        nullable: true,
        description: 'The team that an overdue answer is escalated to; null for customers.',
        extensions: deskOnly,
        resolve: ({ envelope: { event } }) => (event.type === 'ChatEscalated' ? event.team : undefined),
      }),
      reason: t.string({
        nullable: true,
        description: 'The reason, for the desk; null for customers.',
        extensions: deskOnly,
        resolve: ({ envelope: { event } }) => {
          if (event.type === 'ChatClosed') return event.note
          if ('reason' in event) return event.reason
          return 'note' in event ? event.note : undefined
        },
      }),
    }),
  })
  addDefinedFields({ builder, use }, chatEvent)
  addEventsOfChat({ builder, use }, chatEvent)
  return chatEvent
}

type ChatEventRef = ObjectRef<SchemaTypes, NumberedChatEvent>

/** Adds to `ChatEvent` the fields that follow from the definitions of events. */
function addDefinedFields({ builder, use }: SchemaParts, chatEvent: ChatEventRef): void {
  const agent = use(addChatAgent)
  const { ChatClosed, ChatTransferred } = chatEvents
  const types = createFieldTypes()
  types.add(storedInstantSchema, { type: 'DateTime' })
  types.add(unwrap(ChatClosed.schema.shape.continuedIn).inner, { type: 'ID' })
  types.add(ChatTransferred.schema.shape.from, { type: agent })
  builder.objectFields(chatEvent, (t) => {
    const fields = Array.from(fieldsOfEvents(), ([name, { schema, description, keys }]) => {
      const field = t.field({
        type: fieldTypeOf(builder, types, schema, `ChatEvent.${name}`),
        nullable: true,
        description,
        resolve: ({ envelope: { event } }: NumberedChatEvent): unknown =>
          Reflect.get(event, keys.get(event.type) ?? ''),
      })
      return [name, field] as const
    })
    return Object.fromEntries(fields)
  })
}

/** Adds `Chat.events`. */
function addEventsOfChat({ builder, use }: SchemaParts, chatEvent: ChatEventRef): void {
  const chat = use(addChatType)
  builder.objectField(chat, 'events', (t) =>
    t.connection(
      {
        type: chatEvent,
        description: 'The events, oldest first. Customers do not see internal ones.',
        extensions: { cost: historyCost },
        resolve: ({ id, fromStream, then }, args, context) =>
          connectionOf(eventsOf(id), args, async (page) => {
            const chat = fromStream ?? (await readVisibleChat(id, context))
            return chat
              ? readChatEvents(context, { id, chat, present: then?.present }, page)
              : { rows: [], hasPrevious: false, hasNext: false }
          }),
      },
      ...namesOf('ChatEvent'),
    ),
  )
}

/** Reads the language and the time zone of a reader. Throws `malformed_input` naming the argument. */
function readingOf(args: { readonly language: string; readonly timeZone?: string | undefined }) {
  const read = chatReadingSchema.safeParse(args)
  if (read.success) return read.data
  const [issue] = read.error.issues
  throw edgeError('malformed_input', `${issue?.path.join('.')}: ${issue?.message}`)
}

/** Finds an event of a chat by the id of the chat and its position. */
async function eventOf(id: string, context: ApiContext): Promise<NumberedChatEvent | undefined> {
  const [chatId = '', position = ''] = splitIds(id)
  const chat = await readVisibleChat(chatId, context)
  return chat && chatEventAt(context, { id: chatId, chat }, position)
}

/** The message that an event has sent. */
function sentMessage({ chatId, number, envelope: { event }, isRedacted }: NumberedChatEvent) {
  if (event.type !== 'ChatMessageSent') return undefined
  return viewOf(chatId, number, isRedacted ? withoutContent(event) : event)
}

/** A message as readers are shown it; `number` counts what the customer was shown up to it. */
function viewOf(chatId: string, number: number, message: ChatMessage): Required<ChatMessageView> {
  const { messageId: id, kind, by: author, body, at, attachments = [], actions = [] } = message
  const { card, metadata, original, inReplyTo, chosen, editedAt, redactedAt } = message
  const numbered = kind === 'note' ? undefined : number
  const view = { chatId, id, number: numbered, kind, author, body, at, attachments, actions }
  return { ...view, card, metadata, original, inReplyTo, chosen, editedAt, redactedAt }
}

/** The messages of a chat as it was, oldest first, as the viewer may see them. */
export async function messagesThen(
  context: ApiContext,
  { id: chatId, version, then }: ChatView,
): Promise<readonly ChatMessageView[]> {
  const messages = new Map<string, { readonly number: number; readonly message: ChatMessage }>()
  let number = 0
  for await (const envelope of eventsUntil(context, chatId, version)) {
    const { event } = envelope
    if (isShownInChat(event)) number++
    if (!('messageId' in event)) continue
    const { messageId } = event
    const isRedacted = then !== undefined && isRedactedIn(then.present, envelope)
    if (event.type === 'ChatMessageSent') {
      if (seesOwnOnly(context) && event.kind === 'note') continue
      messages.set(messageId, { number, message: isRedacted ? withoutContent(event) : event })
      continue
    }
    const sent = messages.get(messageId)
    if (!sent || (isRedacted && event.type !== 'ChatMessageRedacted')) continue
    messages.set(messageId, { ...sent, message: changedMessage(sent.message, event) })
  }
  return Array.from(messages.values(), ({ number: shownAs, message }) => viewOf(chatId, shownAs, message))
}
