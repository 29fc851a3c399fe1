import { z } from 'zod'
import type { Description } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'
import type { Priority } from '../kernel/values.ts'
import { line, timeZoneSchema } from '../kernel/values.ts'
import { languageFor } from '../wording/wording.ts'
import { named } from './catalogue/definition.ts'
import type { ChatEvent, ChatEventOf, ChatEventType } from './events.ts'
import { describeChatEvent } from './events.ts'
import type { ChatAgent } from './state.ts'
import type {
  CallEndReason,
  CallKind,
  ChatChannel,
  ChatCloseReason,
  ChatMessageKind,
  ChatSide,
  ParticipantRole,
} from './vocabulary.ts'

/** Writes an instant for a reader, in their time zone. */
type Clock = (at: Instant) => string

type Sentences = { readonly [T in ChatEventType]: (event: ChatEventOf<T>, clock: Clock) => Description }

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

type ChatWording = {
  readonly words: TranscriptWords
  readonly sentence: (event: ChatEvent, clock: Clock) => Description
}

const channels: Readonly<Record<ChatChannel, string>> = { web: 'web', mobile: 'mobile', video: 'vidéo' }
const priorities: Readonly<Record<Priority, string>> = {
  low: 'basse',
  normal: 'normale',
  high: 'haute',
  urgent: 'urgente',
}
const roles: Readonly<Record<ParticipantRole, string>> = { observer: 'observateur', speaker: 'intervenant' }
const sides: Readonly<Record<ChatSide, string>> = { customer: 'client', desk: 'support' }
const closeReasons: Readonly<Record<ChatCloseReason, string>> = {
  solved: 'résolue',
  left: 'le client a quitté',
  abandoned: 'abandonnée en attente',
  gone: 'client parti sans un mot',
  inactive: 'sans réponse',
  converted: 'convertie en ticket',
  continued: 'poursuivie dans une autre conversation',
  spam: 'indésirable',
  other: 'autre raison',
}
const kinds: Readonly<Record<ChatMessageKind, string>> = {
  text: 'texte',
  file: 'fichier',
  voice: 'message vocal',
  note: 'note interne',
  actions: 'actions',
  card: 'fiche',
  automatic: 'automatique',
  system: 'système',
}

const callKinds: Readonly<Record<CallKind, string>> = {
  voice: 'voix',
  video: 'vidéo',
  screen: 'écran partagé',
  remote: 'aide à distance',
}

const callEndReasons: Readonly<Record<CallEndReason, string>> = {
  hung_up: 'raccroché',
  cancelled: 'annulé',
  declined: 'refusé',
  unanswered: 'sans réponse',
  failed: 'échec de la connexion',
  time_limit: 'durée maximale',
  agent_left: 'départ du conseiller',
  chat_closed: 'conversation fermée',
}

const frenchSentences: Sentences = {
  ChatStarted: ({ customer, channel }) => ({
    what: `${named(customer)} a ouvert la conversation (${channels[channel]})`,
  }),
  ChatOffered: ({ agent, round, expiresAt }, clock) => ({
    what: `proposée à ${named(agent)}, tour ${round}, jusqu’à ${clock(expiresAt)}`,
  }),
  ChatOfferDeclined: ({ agent, reason }) => ({ what: `${named(agent)} a décliné`, why: reason }),
  ChatOfferExpired: ({ agent, expiresAt }, clock) => ({
    what: `${named(agent)} n’a pas répondu à la proposition avant ${clock(expiresAt)}`,
  }),
  ChatOfferWithdrawn: ({ agent, reason }) => ({ what: `la proposition à ${named(agent)} a été retirée`, why: reason }),
  ChatAccepted: ({ agent }) => ({ what: `${named(agent)} a pris la conversation` }),
  ChatRequeued: ({ reason }) => ({ what: 'remise dans la file d’attente', why: reason }),
  ChatCustomerDisconnected: () => ({ what: 'le client n’est plus connecté' }),
  ChatCustomerReconnected: () => ({ what: 'le client est de nouveau connecté' }),
  ChatCustomerIdentified: ({ customer }) => ({ what: `le visiteur est le client ${named(customer)}` }),
  ChatFenced: () => ({ what: 'a renoncé à une ouverture de la conversation restée inachevée' }),
  ChatPriorityChanged: ({ from, to }) => ({ what: `priorité changée de ${priorities[from]} à ${priorities[to]}` }),
  ChatCategorized: ({ to }) => ({ what: `rangée dans la catégorie ${to}` }),
  ChatMessageSent: ({ kind, body }) => ({
    what: kind === 'note' ? 'a écrit une note' : `a envoyé un message (${kinds[kind]})`,
    said: body,
  }),
  ChatMessageEdited: ({ messageId, body }) => ({ what: `a modifié le message ${messageId}`, said: body }),
  ChatMessageRedacted: ({ messageId, reason }) => ({
    what: `a retiré le contenu du message ${messageId}`,
    why: reason,
  }),
  ChatActionChosen: ({ label }) => ({ what: label === '' ? 'a choisi une action' : `a choisi « ${label} »` }),
  ChatMessagesDelivered: ({ side, upTo }) => ({ what: `remis au ${sides[side]} jusqu’à ${upTo}` }),
  ChatMessagesRead: ({ side, upTo }) => ({ what: `lu par le ${sides[side]} jusqu’à ${upTo}` }),
  ChatTransferRequested: ({ to, note }) => ({
    what: `transfert demandé à ${to.agent ? named(to.agent) : (to.team ?? `niveau ${to.level}`)}`,
    why: note,
  }),
  ChatTransferEnded: ({ reason, agent }) => ({
    what: `le transfert a pris fin${agent ? ` : ${named(agent)} garde la conversation` : ''}`,
    why: reason,
  }),
  ChatTransferred: ({ from, to }) => ({ what: `${named(to)} a pris le relais de ${named(from)}` }),
  ChatParticipantInvited: ({ agent, role, note }) => ({
    what: `a invité ${named(agent)} comme ${roles[role]}`,
    why: note,
  }),
  ChatParticipantJoined: ({ agent, role }) => ({ what: `${named(agent)} a rejoint comme ${roles[role]}` }),
  ChatParticipantLeft: ({ agent }) => ({ what: `${named(agent)} est parti` }),
  ChatCallRequested: ({ kind, recorded }) => ({
    what: `a demandé un appel (${callKinds[kind]})${recorded ? ', enregistré' : ''}`,
  }),
  ChatCallAccepted: ({ recorded }) => ({ what: `a accepté l’appel${recorded ? ' et son enregistrement' : ''}` }),
  ChatCallStarted: () => ({ what: 'l’appel est établi' }),
  ChatCallRecordingWithdrawn: () => ({ what: 'a retiré son accord à l’enregistrement' }),
  ChatCallEnded: ({ reason, seconds }) => ({
    what: `l’appel a pris fin${seconds === undefined ? '' : ` après ${seconds} s`} (${callEndReasons[reason]})`,
  }),
  ChatCallRecorded: ({ reference }) => ({ what: `a ajouté l’enregistrement ${reference} de l’appel` }),
  ChatAnswerOverdue: ({ first, dueAt }, clock) => ({
    what: `${first ? 'la première' : 'une'} réponse était due à ${clock(dueAt)}`,
  }),
  ChatEscalated: ({ team, from, to }) => ({
    what: `escaladée vers ${team}${from === to ? '' : `, la priorité passe de ${priorities[from]} à ${priorities[to]}`}`,
  }),
  ChatInactivityWarned: ({ closesAt }, clock) => ({
    what: `le client a été averti : la conversation se ferme à ${clock(closesAt)}`,
  }),
  ChatClosed: ({ reason, note }) => ({ what: `a fermé la conversation (${closeReasons[reason]})`, why: note }),
  ChatReopened: () => ({ what: 'a rouvert la conversation' }),
  ChatRated: ({ rating, comment }) => ({ what: `a donné ${rating} sur 5 à la conversation`, said: comment }),
  ChatTranscriptRequested: () => ({ what: 'a demandé la transcription par e-mail' }),
  ChatConversionRequested: ({ ticketId }) => ({ what: `a demandé le ticket ${ticketId}` }),
  ChatConverted: ({ ticketId }) => ({ what: `est devenue le ticket ${ticketId}` }),
  ChatConversionRefused: ({ ticketId, reason }) => ({
    what: `le ticket ${ticketId} n’a pas pu être ouvert`,
    why: reason,
  }),
}

function frenchSentence<E extends ChatEvent>(event: E, clock: Clock): Description {
  const sentence = frenchSentences[event.type] as (event: E, clock: Clock) => Description
  return sentence(event, clock)
}

/** The catalogue of events is written in English, with instants in UTC. */
function englishSentence(event: ChatEvent, clock: Clock): Description {
  const { what, ...rest } = describeChatEvent(event)
  const instants = [
    ...('expiresAt' in event ? [event.expiresAt] : []),
    ...('dueAt' in event ? [event.dueAt] : []),
    ...('closesAt' in event ? [event.closesAt] : []),
  ]
  if (event.type === 'ChatActionChosen' && event.label === '') return { what: 'chose an action' }
  return { what: instants.reduce((text, at) => text.replace(at, clock(at)), what), ...rest }
}

/** Chats in words, by language: a language is one entry. */
const chatWording: Readonly<Record<string, ChatWording>> = {
  fr: {
    words: {
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
      kinds,
      mail: {
        language: 'fr',
        title: 'La transcription de votre conversation',
        message: 'Bonjour,\n\nvous trouverez ci-joint la transcription de votre conversation avec notre support.',
      },
    },
    sentence: frenchSentence,
  },
  en: {
    words: {
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
    sentence: englishSentence,
  },
}

/** The language of a chat's words that is closest to a wanted one: French, as the desk's own texts, if there is none. */
export const chatLanguageFor = (language: string): string => languageFor(chatWording, language, 'fr')

const wordingOf = (language: string): ChatWording => chatWording[chatLanguageFor(language)]!

/** The words of a transcript in the language closest to the wanted one. */
export const transcriptWords = (language: string): TranscriptWords => wordingOf(language).words

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
  const { sentence, words } = wordingOf(language)
  const clock = (at: Instant): string => localTime(at, timeZone)
  if (audience === 'desk') return sentence(event, clock)
  const { why: _, ...described } = sentence(asShown(event, words.actorKinds.agent), clock)
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
