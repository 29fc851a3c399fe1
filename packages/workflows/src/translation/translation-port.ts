import type { Instant, StreamName } from '@guichet/domain'

/** A text that somebody wants to read in another language. */
export type TranslationRequest = {
  readonly text: string
  /** The language that it is in, and the one that is wanted (BCP 47): the primary tags make the pair. */
  readonly from: string
  readonly to: string
  /** The people of its conversation, whose names stay as they are. */
  readonly names: readonly string[]
  /** The message that it is of; without one its translation is not cached. */
  readonly of?: TranslatedMessage | undefined
}

/** A message of a conversation, whose translations go with its text. */
export type TranslatedMessage = {
  /** The ticket or the chat. */
  readonly stream: StreamName
  readonly messageId: string
  /** Whose conversation it is: what is stored of it goes with them. */
  readonly customerId: string
}

/**
 * Why a text, or a part of it, stays as it was written. `no_service`: no service has the pair of languages. `budget_spent`: what
 * a service may be sent a day. `service_failed`: no good answer in time, or the service is paused. `wrong_language`: the answer is
 * in another language. `useless_answer`: nothing, HTML, or much longer than the text. `parts_lost`: a code, an address or a name
 * did not come back.
 */
export const translationFaults = [
  'no_service',
  'budget_spent',
  'service_failed',
  'wrong_language',
  'useless_answer',
  'parts_lost',
] as const

/** Why a text is not translated, or not all of it. */
export type TranslationFault = (typeof translationFaults)[number]

/** A text in another language. */
export type Translation = {
  /** The text: what could not be translated stands there as it was written. */
  readonly text: string
  /** The service, with its version; undefined where nothing is translated. */
  readonly by: ServiceVersion | undefined
  /** Why it is not translated, or not all of it; undefined where all is. */
  readonly fault: TranslationFault | undefined
}

/** A version of a service. */
export type ServiceVersion = { readonly service: string; readonly version: string }

/** What somebody says of a translation that they have read. */
export type TranslationRating = {
  readonly of: Pick<TranslatedMessage, 'stream' | 'messageId'>
  /** The language that it is in (BCP 47). */
  readonly to: string
  readonly service: string
  /** Who says so, with their role in the name: `agent ana`. */
  readonly rater: string
  readonly isRight: boolean
  readonly at: Instant
}

/** How good a version of a service is for a pair of languages, by those who have read its translations. */
export type TranslationQuality = ServiceVersion & {
  /** The primary tags of the languages. */
  readonly from: string
  readonly to: string
  /** How many ratings there are, and how many of them say that the translation is right. */
  readonly rated: number
  readonly right: number
}

/** Translates what people write, and stores what it has translated for a while. */
export type Translations = {
  /** Whether a service has a pair of languages. */
  serves(from: string, to: string): boolean
  /** Whether internal notes are translated. */
  readonly translatesNotes: boolean
  /** Translates texts, in their order. Rejects with the errors of the database alone. */
  translate(requests: readonly TranslationRequest[]): Promise<readonly Translation[]>
  /** Counts a rating, in place of an earlier one of the same person; false where no such translation is stored. */
  rate(rating: TranslationRating): Promise<boolean>
  /** What was measured of the services that are configured, by pair, the best first. */
  qualities(): Promise<readonly TranslationQuality[]>
  /**
   * Removes the translations of a message whose text was removed or changed. Those of any other text than what is left are not stored
   * any more, so that one that is under way does not come back.
   */
  forget(message: Pick<TranslatedMessage, 'stream' | 'messageId'>, left: string): Promise<void>
  /** Removes all translations of the conversations of customers, and their ratings. Returns how many translations. */
  erase(customerIds: readonly string[]): Promise<number>
  /** Removes all translations of a ticket or chat that is not there any more. */
  eraseConversation(stream: StreamName): Promise<void>
}
