import { z } from 'zod'
import type { Description } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'
import { line, timeZoneSchema } from '../kernel/values.ts'
import type { CustomerLanguage } from '../wording/locale.ts'
import { countIn, isolated, momentIn, numberIn, secondsIn } from '../wording/locale.ts'
import { languageFor } from '../wording/wording.ts'
import type { ChatLanguage } from './catalogue/definition.ts'
import { named } from './catalogue/definition.ts'
import type { ChatEvent } from './events.ts'
import { describeChatEvent } from './events.ts'
import type { CustomerChatEvent, TranscriptWords, Writing } from './languages/definition.ts'
import { customerChatEvents } from './languages/definition.ts'
import { chatSentences, chatWording } from './languages/by-language.ts'
import type { ChatAgent } from './state.ts'

/** The language of a chat's words that is closest to a wanted one: French, as the desk's own texts, if there is none. */
export const chatLanguageFor = (language: string): CustomerLanguage => languageFor(chatWording, language, 'fr')

/** The words of a transcript in the language closest to the wanted one. */
export const transcriptWords = (language: string): TranscriptWords => chatWording[chatLanguageFor(language)].transcript

/** How many files of a chat its ticket could not take, in words of a language. */
export function filesLeftIn(language: string, count: number): string {
  const closest = chatLanguageFor(language)
  return countIn(closest, count, chatWording[closest].transcript.filesLeft)
}

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

/** The languages in which what the desk alone sees is described. */
const deskLanguages: Readonly<Record<ChatLanguage, true>> = { fr: true, en: true }

/**
 * Describes an event of a chat in the reader's language and time zone: what customers may be shown in any language of
 * theirs, what the desk alone sees in French or English. It does not decide whether the reader may see the event, and
 * does not know of contents that were removed later.
 */
export function wordChatEvent(event: ChatEvent, { audience, language, timeZone }: ChatReader): Description {
  const closest = chatLanguageFor(language)
  const isForCustomers = shownTypes.has(event.type)
  const moment = (at: Instant): string => (isForCustomers ? momentIn(closest, timeZone, at) : localTime(at, timeZone))
  const seen = audience === 'desk' ? event : asShown(event, transcriptWords(closest).actorKinds.agent)
  const described = describeChatEvent(seen, languageFor(deskLanguages, closest, 'fr'), moment)
  const what = sentenceIn(closest, seen, moment) ?? described.what
  if (audience === 'desk') return { ...described, what }
  const { why: _, ...description } = described
  return { ...description, what }
}

const shownTypes: ReadonlySet<string> = new Set(customerChatEvents)

/** The sentence of an event in a language that the definitions of the events do not have. */
function sentenceIn(language: CustomerLanguage, event: ChatEvent, moment: Writing['moment']): string | undefined {
  if (!Object.hasOwn(chatSentences, language) || !shownTypes.has(event.type)) return undefined
  const sentences = chatSentences[language as keyof typeof chatSentences]
  const sentence = sentences[event.type as CustomerChatEvent] as (event: ChatEvent, write: Writing) => string
  const quote = (text: string): string => isolated(text, language)
  return sentence(event, {
    name: (person) => quote(named(person)),
    quote,
    number: (count) => numberIn(language, count),
    seconds: (count) => secondsIn(language, count),
    moment: (at) => quote(moment(at)),
  })
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
