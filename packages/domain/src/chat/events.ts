import type { Description, EventData, EventOf } from '../kernel/event.ts'
import { byType, column } from '../kernel/event.ts'
import { callEvents } from './catalogue/calls.ts'
import type { ChatLanguage, InstantFormat } from './catalogue/definition.ts'
import { endingEvents } from './catalogue/ending.ts'
import { messageEvents } from './catalogue/messages.ts'
import { peopleEvents } from './catalogue/people.ts'
import { queueEvents } from './catalogue/queue.ts'
import type { ChatStatus } from './vocabulary.ts'

/** The definition of every event of a chat: the chat's part of the event catalogue. */
export const chatEvents = { ...queueEvents, ...messageEvents, ...peopleEvents, ...callEvents, ...endingEvents } as const

/** Their type by its name, so that declarations which refer to it stay short. */
export type ChatEvents = { readonly [T in keyof typeof chatEvents]: (typeof chatEvents)[T] }

/** The type of an event of a chat. */
export type ChatEventType = keyof ChatEvents

/** The data of an event of a chat by its type: without type, moment and sender. */
export type ChatEventData<T extends ChatEventType> = EventData<ChatEvents, T>

/** An event of a chat by its type. */
export type ChatEventOf<T extends ChatEventType> = EventOf<ChatEvents, T>
/** Every event of a chat. */
export type ChatEvent = EventOf<ChatEvents>

/** The status that each event leaves a chat in; null leaves the status alone. */
export const chatStatusAfter: Readonly<Record<ChatEventType, ChatStatus | null>> = column(chatEvents, 'statusAfter')

/** Whether the customer is shown an event of their chat: then it has a number in what they are shown. */
export const isShownInChat = byType<ChatEvent, boolean>(column(chatEvents, 'shownToCustomers'))

/** Describes in words what an event changed: in English and with instants in UTC, unless something else is given. */
export function describeChatEvent(
  event: ChatEvent,
  language: ChatLanguage = 'en',
  format: InstantFormat = (at) => at,
): Description {
  const { sentences } = chatEvents[event.type]
  const sentence = sentences[language] as (event: ChatEvent, format: InstantFormat) => Description
  return sentence(event, format)
}
