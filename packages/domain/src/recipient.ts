import { z } from 'zod'
import type { Aggregate } from './kernel/decider.ts'
import type { EventOf } from './kernel/event.ts'
import { defineEvent } from './kernel/event.ts'
import { accept } from './kernel/refusal.ts'
import { language } from './ticket/vocabulary.ts'

/** How a user wants to be notified (003, « Préférences Utilisateur »). */
export const preferences = ['web_only', 'email_only', 'both', 'none'] as const
export type Preference = (typeof preferences)[number]

/** The definition of every event of a recipient: the recipient's part of the event catalogue. */
export const recipientEvents = {
  PreferenceChanged: defineEvent({ schema: z.object({ preference: z.enum(preferences) }), personal: {} }),
  LanguageChosen: defineEvent({ schema: z.object({ language: z.string() }), personal: {} }),
} as const

export type RecipientEvent = EventOf<typeof recipientEvents>

/** Any command of a recipient, checked. */
export const recipientCommandSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('changePreference'), preference: z.enum(preferences) }),
  z.strictObject({ type: z.literal('chooseLanguage'), language }),
])
export type RecipientCommand = z.infer<typeof recipientCommandSchema>

export type Recipient = { readonly preference: Preference; readonly language: string | undefined }

export type RecipientAggregate = Aggregate<RecipientCommand, RecipientEvent, Recipient>

/** A user who is notified: the streams `recipient-<user id>`. By default they are notified both ways. */
export const recipientAggregate: RecipientAggregate = {
  category: 'recipient',
  initial: { preference: 'both', language: undefined },
  evolve: (state, event) =>
    event.type === 'PreferenceChanged'
      ? { ...state, preference: event.preference }
      : { ...state, language: event.language },
  decide: (command, state) => {
    const { at, by } = command
    if (command.type === 'changePreference') {
      const { preference } = command
      return accept(preference === state.preference ? [] : [{ type: 'PreferenceChanged', at, by, preference }])
    }
    return accept(
      command.language === state.language ? [] : [{ type: 'LanguageChosen', at, by, language: command.language }],
    )
  },
}

/** What is known of the language of a person. */
type LanguageHints = {
  /** The language that they have chosen. */
  readonly preference?: string | undefined
  /** The header `Accept-Language` of their browser. */
  readonly acceptLanguage?: string | undefined
  /** The country where they are, as ISO 3166 names it. */
  readonly country?: string | undefined
}

/**
 * The language for a person: their preference, else the language of their browser that they like best, else that of
 * their country (004, on languages). The last two only if the desk speaks them; undefined if nothing is left.
 */
export function languageOf(
  { preference, acceptLanguage = '', country }: LanguageHints,
  speaks: (language: string) => boolean,
): string | undefined {
  if (preference !== undefined) return preference
  const accepted = acceptedLanguages(acceptLanguage).find(speaks)
  if (accepted !== undefined || country === undefined) return accepted
  const { language: local } = new Intl.Locale(`und-${country}`).maximize()
  return speaks(local) ? local : undefined
}

/** How much of a header is read: no browser sends more. */
const longestHeader = 1_000

/** The languages of a header `Accept-Language`, the most wanted first (RFC 9110, 12.5.4). */
function acceptedLanguages(header: string): readonly string[] {
  const entries = header.slice(0, longestHeader).split(',')
  return entries
    .flatMap((entry, place) => {
      const [written = '', ...parameters] = entry.split(';').map((part) => part.trim())
      const [primary = '', ...rest] = written.split('-')
      const tag = [primary.toLowerCase(), ...rest].join('-')
      const weight = parameters.find((each) => /^q=/i.test(each))?.slice(2)
      const q = weight === undefined ? 1 : /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(weight) ? Number(weight) : 0
      return q > 0 && language.safeParse(tag).success ? [{ tag, q, place }] : []
    })
    .sort((one, other) => other.q - one.q || one.place - other.place)
    .map(({ tag }) => tag)
}
