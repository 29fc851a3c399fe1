import { z } from 'zod'
import { defineAggregate } from '../kernel/aggregate.ts'
import type { CommandOf } from '../kernel/command.ts'
import { defineCommand, senders } from '../kernel/command.ts'
import type { EventOf } from '../kernel/event.ts'
import { defineEvent } from '../kernel/event.ts'
import { accept } from '../kernel/refusal.ts'
import { language, personId } from '../kernel/values.ts'

/** How a user wants to be notified (003, « Préférences Utilisateur »). */
export const preferences = ['web_only', 'email_only', 'both', 'none'] as const

/** Which notifications a recipient takes. */
export type Preference = (typeof preferences)[number]

/** The definition of every event of a recipient: the recipient's part of the event catalogue. */
export const recipientEvents = {
  PreferenceChanged: defineEvent({ schema: z.object({ preference: z.enum(preferences) }), personal: {} }),
  LanguageChosen: defineEvent({ schema: z.object({ language: z.string() }), personal: {} }),
} as const

/** Any event of the recipient of notifications. */
export type RecipientEvent = EventOf<typeof recipientEvents>

/** The definition of every command of a recipient. */
const recipientCommands = {
  changePreference: defineCommand({
    description: 'Sets how you are notified.',
    schema: z.strictObject({ type: z.literal('changePreference'), preference: z.enum(preferences) }),
    sentBy: senders.anyone,
  }),
  chooseLanguage: defineCommand({
    description: 'Sets the language of your notifications.',
    schema: z.strictObject({ type: z.literal('chooseLanguage'), language }),
    sentBy: senders.anyone,
  }),
} as const

/** Any command of the recipient of notifications, checked and with its defaults. */
export type RecipientCommand = CommandOf<typeof recipientCommands>

/** What a recipient of notifications has chosen; `language` is undefined before they choose one. */
export type Recipient = { readonly preference: Preference; readonly language: string | undefined }

/** A user who is notified: the streams `recipient-<user id>`. By default they are notified both ways. */
export const recipientAggregate = defineAggregate({
  category: 'recipient',
  id: personId,
  commands: recipientCommands,
  events: recipientEvents,
  initial: { preference: 'both', language: undefined },
  begunBy: [],
  evolve: (state: Recipient, event): Recipient =>
    event.type === 'PreferenceChanged'
      ? { ...state, preference: event.preference }
      : { ...state, language: event.language },
  rules: {
    changePreference: ({ at, by, preference }, state) =>
      accept(preference === state.preference ? [] : [{ type: 'PreferenceChanged', at, by, preference }]),
    chooseLanguage: ({ at, by, language }, state) =>
      accept(language === state.language ? [] : [{ type: 'LanguageChosen', at, by, language }]),
  },
})

/** What says in which language a person is addressed, the first one that there is. */
export const languageSources = ['stated', 'corrected', 'browser', 'country', 'detected'] as const

/** What says in which language a person is addressed. */
export type LanguageSource = (typeof languageSources)[number]

/** What is known of the language of a person. */
export type LanguageHints = {
  /** The language that they have chosen, or that their host has for them. */
  readonly preference?: string | undefined
  /** The language that somebody of the desk has recorded for them. */
  readonly correction?: string | undefined
  /** The header `Accept-Language` of their browser. */
  readonly acceptLanguage?: string | undefined
  /** The country where they are, as ISO 3166 names it. */
  readonly country?: string | undefined
  /** The language that their words are in. */
  readonly detected?: string | undefined
}

/**
 * The language for a person, with what says so: their preference, else what the desk has recorded, else the language of
 * their browser that they like best, else that of their country (004, on languages), else that of their words. The last
 * three only if the desk speaks them; undefined if nothing is left.
 */
export function languageBySource(
  { preference, correction, acceptLanguage = '', country, detected }: LanguageHints,
  speaks: (language: string) => boolean,
): { readonly language: string; readonly source: LanguageSource } | undefined {
  if (preference !== undefined) return { language: preference, source: 'stated' }
  if (correction !== undefined) return { language: correction, source: 'corrected' }
  const accepted = acceptedLanguages(acceptLanguage).find(speaks)
  if (accepted !== undefined) return { language: accepted, source: 'browser' }
  const local = country === undefined ? undefined : new Intl.Locale(`und-${country}`).maximize().language
  if (local !== undefined && speaks(local)) return { language: local, source: 'country' }
  return detected !== undefined && speaks(detected) ? { language: detected, source: 'detected' } : undefined
}

/** The language of `languageBySource` alone. */
export const languageOf = (hints: LanguageHints, speaks: (language: string) => boolean): string | undefined =>
  languageBySource(hints, speaks)?.language

/** How much of a header is read: no browser sends more. */
const longestHeader = 1_000

/** The languages of a header `Accept-Language`, the most wanted first (RFC 9110, 12.5.4). */
function acceptedLanguages(header: string): readonly string[] {
  const entries = header.slice(0, longestHeader).split(',')
  return entries
    .flatMap((entry, index) => {
      const [written = '', ...parameters] = entry.split(';').map((part) => part.trim())
      const [primary = '', ...rest] = written.split('-')
      const tag = [primary.toLowerCase(), ...rest].join('-')
      const weight = parameters.find((each) => /^q=/i.test(each))?.slice(2)
      const q = weight === undefined ? 1 : /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(weight) ? Number(weight) : 0
      return q > 0 && language.safeParse(tag).success ? [{ tag, q, index }] : []
    })
    .sort((one, other) => other.q - one.q || one.index - other.index)
    .map(({ tag }) => tag)
}
