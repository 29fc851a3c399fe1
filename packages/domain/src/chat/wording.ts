import { z } from 'zod'
import type { Description } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'
import { line, timeZoneSchema } from '../kernel/values.ts'
import { languageFor } from '../wording/wording.ts'
import type { ChatLanguage } from './catalogue/definition.ts'
import { french } from './catalogue/french.ts'
import type { ChatEvent } from './events.ts'
import { describeChatEvent } from './events.ts'
import type { ChatAgent } from './state.ts'
import type { ChatMessageKind } from './vocabulary.ts'

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
  /** After a number of files: that a ticket could not take them. */
  readonly filesLeft: string
  readonly actorKinds: Readonly<Record<ChatEvent['by']['kind'], string>>
  readonly kinds: Readonly<Record<ChatMessageKind, string>>
  /** The e-mail that a transcript is attached to. */
  readonly mail: { readonly language: string; readonly title: string; readonly message: string }
}

/** The words of transcripts, by language. */
const chatWords: Readonly<Record<ChatLanguage, TranscriptWords>> = {
  fr: {
    title: 'Transcription de la conversation',
    customer: 'Client',
    channel: 'Canal',
    started: 'Début',
    closed: 'Fin',
    timeZone: 'Heures de',
    note: 'INTERNE',
    forDesk: 'POUR LE SUPPORT SEULEMENT',
    edited: 'modifié',
    removed: 'contenu retiré',
    chosen: 'choisi',
    filesLeft: 'fichier(s) de plus sont dans la conversation seule : le ticket ne peut pas en avoir davantage',
    actorKinds: { customer: 'Client', agent: 'Conseiller', system: 'Système' },
    kinds: french.messageKinds,
    mail: {
      language: 'fr',
      title: 'La transcription de votre conversation',
      message: 'Bonjour,\n\nvous trouverez ci-joint la transcription de votre conversation avec notre support.',
    },
  },
  en: {
    title: 'Transcript of the chat',
    customer: 'Customer',
    channel: 'Channel',
    started: 'Started',
    closed: 'Closed',
    timeZone: 'Times of',
    note: 'INTERNAL',
    forDesk: 'FOR THE DESK ONLY',
    edited: 'edited',
    removed: 'content removed',
    chosen: 'chosen',
    filesLeft: 'more file(s) are in the chat alone: the ticket cannot hold more',
    actorKinds: { customer: 'Customer', agent: 'Agent', system: 'System' },
    kinds: {
      text: 'text',
      file: 'file',
      voice: 'voice note',
      note: 'internal note',
      actions: 'actions',
      card: 'card',
      automatic: 'automatic',
      system: 'system',
    },
    mail: {
      language: 'en',
      title: 'The transcript of your chat',
      message: 'Hello,\n\nplease find attached the transcript of your chat with our support team.',
    },
  },
}

/** The language of a chat's words that is closest to a wanted one: French, as the desk's own texts, if there is none. */
export const chatLanguageFor = (language: string): ChatLanguage => languageFor(chatWords, language, 'fr')

/** The words of a transcript in the language closest to the wanted one. */
export const transcriptWords = (language: string): TranscriptWords => chatWords[chatLanguageFor(language)]

/** The language and the time zone in which somebody reads, as they come from outside. */
export const chatReadingSchema = z.object({
  language: line(35).default('fr'),
  timeZone: timeZoneSchema.default('UTC'),
})

/**
 * Who reads: a customer is shown no reasons, which are for the desk, nor that a chat was closed as spam, nor ids of the
 * people of the desk.
 */
export type ChatReader = {
  readonly audience: 'customer' | 'desk'
  readonly language: string
  /** IANA. */
  readonly timeZone: string
}

/**
 * Describes an event of a chat in the reader's language and time zone. It does not decide whether the reader may see
 * the event, and does not know of contents that were removed later.
 */
export function wordChatEvent(event: ChatEvent, { audience, language, timeZone }: ChatReader): Description {
  const closest = chatLanguageFor(language)
  const format = (at: Instant): string => localTime(at, timeZone)
  if (audience === 'desk') return describeChatEvent(event, closest, format)
  const shownEvent = asShown(event, chatWords[closest].actorKinds.agent)
  const { why: _, ...described } = describeChatEvent(shownEvent, closest, format)
  return described
}

/** An event without what its customer is not told; people of the desk without a name are called by a word. */
function asShown(event: ChatEvent, agentWord: string): ChatEvent {
  const withName = <A extends ChatAgent>(agent: A): A & { readonly name: string } => ({
    ...agent,
    name: agent.name ?? agentWord,
  })
  switch (event.type) {
    case 'ChatClosed':
      return event.reason === 'spam' ? { ...event, reason: 'other' } : event
    case 'ChatTransferred':
      return { ...event, from: withName(event.from), to: withName(event.to) }
    case 'ChatTransferEnded':
      return event.agent ? { ...event, agent: withName(event.agent) } : event
    case 'ChatAccepted':
      return { ...event, agent: withName(event.agent) }
    case 'ChatParticipantJoined':
      return { ...event, agent: withName(event.agent) }
    case 'ChatParticipantLeft':
      return { ...event, agent: withName(event.agent) }
    default:
      return event
  }
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** The most time zones whose format is cached: more than there are. */
const mostFormats = 1_000

/** The wall clock at an instant in a time zone, such as `2026-03-02 10:15:03`. */
export function localTime(at: Instant, timeZone: string): string {
  const [date = '', time = ''] = localParts(at, timeZone)
  return `${date} ${time}`
}

/** The wall clock with its offset from UTC, as ISO 8601 writes it: `2026-03-02T10:15:03+01:00`. */
export function localIso(at: Instant, timeZone: string): string {
  const [date = '', time = '', offset = ''] = localParts(at, timeZone)
  return `${date}T${time}${offset === 'GMT' ? '+00:00' : offset.replace('GMT', '')}`
}

function localParts(at: Instant, timeZone: string): readonly string[] {
  let format = formats.get(timeZone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      timeZoneName: 'longOffset',
    })
    if (formats.size < mostFormats) formats.set(timeZone, format)
  }
  const parts = new Map(format.formatToParts(new Date(at)).map(({ type, value }) => [type, value]))
  const of = (...types: readonly Intl.DateTimeFormatPartTypes[]) => types.map((type) => parts.get(type) ?? '')
  return [of('year', 'month', 'day').join('-'), of('hour', 'minute', 'second').join(':'), ...of('timeZoneName')]
}
