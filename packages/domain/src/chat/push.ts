import { minutes } from '../kernel/time.ts'
import type { ChatEvent } from './events.ts'
import { chatLanguageFor } from './wording.ts'

/** The kinds of pushes about a chat. */
export const chatPushKinds = ['chat_message', 'chat_accepted', 'chat_warning'] as const

/** What a push notification tells the customer of a chat. */
export type ChatPushKind = (typeof chatPushKinds)[number]

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

type Texts = Readonly<Record<ChatPushKind, Pick<ChatPush, 'title' | 'message'>>>

const texts: Readonly<Record<string, Texts>> = {
  fr: {
    chat_message: {
      title: 'Nouveau message',
      message: 'Le support vous a écrit. Ouvrez la conversation pour lire son message.',
    },
    chat_accepted: { title: 'Un conseiller est là', message: 'Votre conversation a été prise en charge.' },
    chat_warning: {
      title: 'Votre conversation va se fermer',
      message: 'Sans réponse de votre part, la conversation sera bientôt fermée.',
    },
  },
  en: {
    chat_message: {
      title: 'New message',
      message: 'The support team wrote to you. Open the chat to read the message.',
    },
    chat_accepted: { title: 'An agent is there', message: 'Your chat has been accepted.' },
    chat_warning: {
      title: 'Your chat is about to close',
      message: 'Without an answer from you, the chat will soon be closed.',
    },
  },
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
  const words = texts[chosen]?.[kind ?? 'chat_message']
  return kind && words && { kind, ...words, language: chosen, ...terms[kind] }
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
