import type { Instant } from '../../kernel/time.ts'
import type { PluralForms } from '../../wording/locale.ts'
import type { ChatEvent, ChatEventData } from '../events.ts'
import type { ChatMessageKind, ChatPushKind } from '../vocabulary.ts'

/** The words of a transcript, beside the sentences of its events. */
export type TranscriptWords = {
  readonly title: string
  readonly customer: string
  readonly channel: string
  readonly started: string
  readonly closed: string
  readonly timeZone: string
  readonly note: string
  readonly forDesk: string
  readonly edited: string
  readonly removed: string
  readonly chosen: string
  /** How many files a ticket could not take. */
  readonly filesLeft: PluralForms
  readonly actorKinds: Readonly<Record<ChatEvent['by']['kind'], string>>
  readonly kinds: Readonly<Record<ChatMessageKind, string>>
  /** The e-mail that a transcript is attached to. */
  readonly mail: { readonly title: string; readonly message: string }
}

/** What chats say in a language. */
export type ChatWording = {
  readonly transcript: TranscriptWords
  readonly pushes: Readonly<Record<ChatPushKind, { readonly title: string; readonly message: string }>>
}

/** The types of the events that customers may be shown. */
export const customerChatEvents = [
  'ChatStarted',
  'ChatAccepted',
  'ChatRequeued',
  'ChatMessageSent',
  'ChatMessageEdited',
  'ChatMessageRedacted',
  'ChatActionChosen',
  'ChatMessagesDelivered',
  'ChatMessagesRead',
  'ChatTransferEnded',
  'ChatTransferred',
  'ChatParticipantJoined',
  'ChatParticipantLeft',
  'ChatCallRequested',
  'ChatCallAccepted',
  'ChatCallStarted',
  'ChatCallRecordingWithdrawn',
  'ChatCallEnded',
  'ChatInactivityWarned',
  'ChatClosed',
  'ChatReopened',
  'ChatRated',
  'ChatTranscriptRequested',
  'ChatConverted',
] as const satisfies readonly ChatEvent['type'][]

/** The type of an event that customers may be shown. */
export type CustomerChatEvent = (typeof customerChatEvents)[number]

/** How a sentence writes what is in it, in its language. */
export type Writing = {
  /** The name of a person, or else the id. */
  readonly name: (person: { readonly id: string; readonly name?: string | undefined }) => string
  /** What others have written, and ids. */
  readonly quote: (text: string) => string
  readonly number: (count: number) => string
  readonly seconds: (count: number) => string
  readonly moment: (at: Instant) => string
}

/** The sentences for a language that the definitions of the events do not have: of what customers are shown. */
export type ChatSentences = {
  readonly [T in CustomerChatEvent]: (data: ChatEventData<T>, write: Writing) => string
}
