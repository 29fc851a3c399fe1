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
