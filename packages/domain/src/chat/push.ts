import { minutes } from '../kernel/time.ts'
import type { ChatEvent } from './events.ts'
import { chatWording } from './languages/by-language.ts'
import type { ChatPushKind } from './vocabulary.ts'
import { chatLanguageFor } from './wording.ts'

/** A push to the devices of the customer of a chat. It quotes nothing of the chat: devices show it while they are locked. */
export type ChatPush = {
  readonly kind: ChatPushKind
  readonly title: string
  readonly message: string
  /** The language of title and message. */
  readonly language: string
  /** How urgent it is for a device that saves its battery (RFC 8030, 5.3). */
  readonly urgency: 'normal' | 'high'
  /** For how many milliseconds a push service keeps it for a device that is off. */
  readonly ttlMs: number
}

const terms: Readonly<Record<ChatPushKind, Pick<ChatPush, 'urgency' | 'ttlMs'>>> = {
  chat_message: { urgency: 'normal', ttlMs: minutes(60) },
  chat_accepted: { urgency: 'high', ttlMs: minutes(10) },
  chat_warning: { urgency: 'high', ttlMs: minutes(10) },
}

/** The types of the events that may be pushed. */
export const pushedChatEvents = ['ChatMessageSent', 'ChatAccepted', 'ChatInactivityWarned'] as const

/**
 * The push about an event of a chat; undefined for events that are not pushed. Messages are, that people and services of
 * the desk write to the customer: no notes, and nothing that a chat says by itself.
 * @param language that of the chat.
 */
export function chatPushOf(event: ChatEvent, language: string): ChatPush | undefined {
  const kind = kindOf(event)
  const chosen = chatLanguageFor(language)
  return kind && { kind, ...chatWording[chosen].pushes[kind], language: chosen, ...terms[kind] }
}

const unpushed: ReadonlySet<string> = new Set(['note', 'system', 'automatic'])

function kindOf(event: ChatEvent): ChatPushKind | undefined {
  switch (event.type) {
    case 'ChatMessageSent':
      return event.by.kind === 'customer' || unpushed.has(event.kind) ? undefined : 'chat_message'
    case 'ChatAccepted':
      return 'chat_accepted'
    case 'ChatInactivityWarned':
      return 'chat_warning'
    default:
      return undefined
  }
}
