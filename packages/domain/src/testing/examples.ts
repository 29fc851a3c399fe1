import type { CalendarDefinition } from '../calendar/calendar.ts'
import type { ChatEvent, ChatEventData, ChatEventOf, ChatEventType } from '../chat/events.ts'
import { chatEventFrom } from '../chat/rule.ts'
import { defaultChatSettings } from '../chat/settings.ts'
import type { CentreSettings } from '../centre.ts'
import { defaultHandOver } from '../centre.ts'
import type { ConfigurationInput } from '../configuration/consistency.ts'
import { configurationSchema } from '../configuration/consistency.ts'
import { termsOf } from '../configuration/terms-of.ts'
import type { TermsTimeline } from '../configuration/terms.ts'
import type { Actor } from '../kernel/actor.ts'
import type { CommandMetadata } from '../kernel/decider.ts'
import type { Instant } from '../kernel/time.ts'
import { instant, later } from '../kernel/time.ts'
import type { DraftEvent } from '../proactive/draft-catalogue.ts'
import type { SuspicionFacts } from '../proactive/suspicion.ts'
import type { TicketEventData, TicketEventOf, TicketEventType } from '../ticket/events.ts'
import { defaultTicketPolicy } from '../ticket/policy.ts'
import { eventFrom } from '../ticket/rule.ts'
import { defaultWording } from '../wording/default-wording.ts'

/** The customer of the examples. */
export const camille: Actor = { kind: 'customer', id: 'camille', name: 'Camille Durand' }

/** The agent of the examples. */
export const alex: Actor = { kind: 'agent', id: 'alex', name: 'Alex Martin' }

/** A second agent. */
export const sacha: Actor = { kind: 'agent', id: 'sacha', name: 'Sacha Petit' }

/** Monday, 2 March 2026, 09:00 UTC: when the examples begin. */
export const monday = instant('2026-03-02T09:00:00Z')

/** `milliseconds` after the examples begin. */
export const after = (milliseconds: number): Instant => later(monday, milliseconds)

/** The default metadata of the examples: by Alex on Monday, for the ticket `T1`. */
export const byAlex: CommandMetadata = { commandId: 'c1', aggregateId: 'T1', at: monday, by: alex }

type Occasion = { readonly at?: Instant; readonly by?: Actor }

/** A ticket event with its data, by default on Monday and by Alex. */
export function ticketEvent<T extends TicketEventType>(
  type: T,
  data: TicketEventData<T>,
  { at = monday, by = alex }: Occasion = {},
): TicketEventOf<T> {
  return eventFrom(type, { ...byAlex, at, by }, data)
}

/** A ticket opened by Camille on Monday; `data` overrides the fields of the event. */
export function ticketOpened(
  data: Partial<TicketEventData<'TicketOpened'>> = {},
  { at = monday, by = camille }: Occasion = {},
): TicketEventOf<'TicketOpened'> {
  const example: TicketEventData<'TicketOpened'> = {
    subject: 'Facture introuvable',
    messageId: 'm1',
    body: 'Je ne trouve pas ma facture de février.',
    customer: { id: 'camille', name: 'Camille Durand', email: 'camille@example.org' },
    channel: 'web',
    priority: 'normal',
    language: 'fr',
    tags: [],
    policyVersion: 'guichet-default-1',
  }
  return ticketEvent('TicketOpened', { ...example, ...data }, { at, by })
}

/** A chat event with its data, by default on Monday and by Alex. */
export function chatEvent<T extends ChatEventType>(
  type: T,
  data: ChatEventData<T>,
  { at = monday, by = alex }: Occasion = {},
): ChatEventOf<T> {
  return chatEventFrom(type, { at, by }, data)
}

/** A chat started by Camille on Monday; `data` overrides the fields of the event. */
export const chatStarted = (
  data: Partial<ChatEventData<'ChatStarted'>> = {},
  { at = monday, by = camille }: Occasion = {},
): ChatEventOf<'ChatStarted'> =>
  chatEvent(
    'ChatStarted',
    {
      customer: { id: 'camille', name: 'Camille Durand' },
      channel: 'web',
      language: 'fr',
      priority: 'normal',
      times: defaultChatSettings.times,
      policyVersion: 'guichet-default-1',
      ...data,
    },
    { at, by },
  )

/** The history of a chat with Alex, of this many events: Camille and Alex write in turn, a second after another. */
export const chatOfLength = (events: number): readonly ChatEvent[] => {
  const agent = { id: 'alex' }
  const begun = [
    chatStarted(),
    chatEvent('ChatOffered', { round: 1, agent, agentVersion: 1, expiresAt: later(monday, 20_000) }),
    chatEvent('ChatAccepted', { round: 1, agent }),
  ]
  const messages = Array.from({ length: Math.max(0, events - begun.length) }, (_, index) =>
    chatEvent(
      'ChatMessageSent',
      { messageId: `message-${index}`, kind: 'text', body: `Bonjour ${index}` },
      { at: later(monday, 1_000 * index), by: index % 2 === 0 ? camille : alex },
    ),
  )
  return [...begun, ...messages]
}

/** A suspicion as its event has it. */
type Suspected = Extract<DraftEvent, { readonly type: 'TroubleSuspected' }>['suspicion']

/**
 * Trouble that is suspected since Monday: an error that came back. `fields` overrides any part of it; the fingerprint,
 * the reason and the evidence follow from the code and the count.
 */
export function exampleSuspicion({ code = 'E_PAY', count = 4, ...fields }: Partial<Suspected> = {}): Suspected {
  const fingerprint = `error_occurred:${code}`
  return {
    rule: 'repeated',
    fingerprint,
    kind: 'error_occurred',
    code,
    count,
    since: monday,
    pages: ['/pay'],
    versions: [],
    priority: 'normal',
    confidence: 0.95,
    reasons: [{ reason: 'repeated', count }],
    evidence: [{ fingerprint, count }],
    ...fields,
  }
}

/** The facts of an analysis on Monday, of a person without activities who is alone; `fields` overrides any of them. */
export const exampleFacts = (fields: Partial<SuspicionFacts> = {}): SuspicionFacts => ({
  at: monday,
  activities: [],
  tickets: [],
  plan: undefined,
  rateOf: () => undefined,
  othersOfOrganisation: () => 0,
  spreadOf: () => ({ lately: 1, usual: 0 }),
  isExcluded: () => false,
  ...fields,
})

const everyDay = (timeZone: string, range: string): CalendarDefinition => ({ timeZone, hours: { everyDay: [range] } })

/** The hours of 000's centres, each in its own zone, and of its shifts, in that of the primary centre. */
export const supportCalendars = {
  montreal: everyDay('America/Montreal', '06:00-22:00'),
  toronto: everyDay('America/Toronto', '22:00-06:00'),
  paris: everyDay('Europe/Paris', '06:00-22:00'),
  'shift-1': everyDay('America/Montreal', '06:00-14:00'),
  'shift-2': everyDay('America/Montreal', '14:00-22:00'),
  'shift-3': everyDay('America/Montreal', '22:00-06:00'),
} satisfies Readonly<Record<string, CalendarDefinition>>

/** 000's three centres and three shifts. Montréal and Toronto alone cover all hours; Paris adds the European day. */
export const supportCentres: CentreSettings = {
  centres: [
    {
      id: 'montreal',
      name: 'Montréal',
      calendar: 'montreal',
      languages: ['fr', 'en'],
      specialities: ['BMS', 'Analytics', 'Integration'],
      priority: 1,
    },
    {
      id: 'toronto',
      name: 'Toronto',
      calendar: 'toronto',
      languages: ['en', 'fr'],
      specialities: ['Infrastructure', 'Security', 'Database'],
      priority: 2,
    },
    {
      id: 'paris',
      name: 'Paris',
      calendar: 'paris',
      languages: ['fr', 'en'],
      specialities: ['BMS', 'Consulting', 'Training'],
      priority: 3,
    },
  ],
  aroundTheClock: ['montreal', 'toronto', 'paris'],
  shifts: ['shift-1', 'shift-2', 'shift-3'],
  handOver: defaultHandOver,
}

/** 000's three centres and three shifts, as users write them in a configuration; `changes` replaces fields. */
export function followTheSun(changes: ConfigurationInput['followTheSun'] = {}): ConfigurationInput {
  return { calendars: supportCalendars, followTheSun: { ...supportCentres, ...changes } }
}

/** The terms of configurations that come into force one after the other: the first in 2020 by default. */
export const timelineOf = (
  ...versions: readonly { readonly from?: Instant; readonly configuration: ConfigurationInput }[]
): TermsTimeline =>
  termsOf(
    versions.map(({ from = instant('2020-01-01T00:00:00Z'), configuration }, index) => ({
      number: index + 1,
      configuration: configurationSchema.parse(configuration),
      publicHolidays: {},
      effectiveFrom: from,
    })),
    { policy: defaultTicketPolicy, wording: defaultWording },
  )
