import type { Ticket, TicketEvent } from '@guichet/domain'
import type { TicketStep } from '../ticket-states.ts'
import { configurationFor } from './languages.ts'
import { indexed, searchable } from './words.ts'

/** Words as they are found: `words` in all their forms, `exact` (names and addresses) as they are. Each is there once. */
export type Found = {
  readonly configuration: string
  readonly words: readonly string[]
  readonly exact: readonly string[]
}

/** The subject and the customer of a ticket, as they are now. */
export type Heading = Found & { readonly ticket_id: string }

/** What an event added to the text of a ticket; `version` is the event's. */
export type AddedText = Found & { readonly ticket_id: string; readonly version: number; readonly public: boolean }

/** Words that a misspelling may have meant, and whether a subject or a customer holds them. */
export type Vocabulary = ReadonlyMap<string, boolean>

export type SearchTexts = {
  readonly headings: readonly Heading[]
  readonly added: readonly AddedText[]
  /** The words of all texts, former headings too. */
  readonly vocabulary: Vocabulary
}

/** How many words of one text may be what a misspelling meant. */
const mostLearned = 1_000

/**
 * The texts that a batch brings: what people wrote, and subjects with their customers. A ticket is found by its former
 * subjects too. What the desk sends by itself is left out: it says the same on every ticket.
 */
export function searchTexts(steps: readonly TicketStep[]): SearchTexts {
  const headings = new Map<string, Heading>()
  const added: AddedText[] = []
  const vocabulary = new Map<string, boolean>()
  const learn = (words: readonly string[], heading: boolean): void => {
    for (const word of words.filter(isSpelled).slice(0, mostLearned)) {
      if (!vocabulary.get(word)) vocabulary.set(word, heading)
    }
  }
  for (const { id, envelope, after } of steps) {
    if (after.status === 'absent') continue
    const { event, version } = envelope
    const heading = event.type === 'TicketOpened' || event.type === 'TicketRenamed' ? headingOf(id, after) : undefined
    if (heading) {
      headings.set(id, heading)
      learn([...heading.words, ...heading.exact], true)
    }
    const body = bodyOf(event)
    if (!heading && body === undefined) continue
    const { words, addresses } = searchable(body ?? '')
    learn(words, false)
    added.push({
      ticket_id: id,
      version,
      public: event.type !== 'InternalNoteAdded',
      configuration: configurationFor(after.language),
      words: heading ? indexed([...heading.words, ...words]) : words,
      exact: heading ? [...new Set([...heading.exact, ...addresses])] : addresses,
    })
  }
  return { headings: [...headings.values()], added, vocabulary }
}

function headingOf(id: string, { subject, customer, language }: Ticket): Heading {
  const { words, addresses } = searchable(subject)
  const who = searchable([id, customer.name ?? customer.id, customer.firstName, customer.email].join(' '))
  const exact = [...new Set([...addresses, ...who.addresses, ...who.words])]
  return { ticket_id: id, configuration: configurationFor(language), words, exact }
}

function bodyOf(event: TicketEvent): string | undefined {
  switch (event.type) {
    case 'TicketOpened':
    case 'AgentReplied':
    case 'CustomerReplied':
    case 'InternalNoteAdded':
      return event.body
    default:
      return undefined
  }
}

/** Whether a word consists of letters, enough of them for a misspelling to be told from another word. */
export const isSpelled = (word: string): boolean => /^\p{L}{4,40}$/u.test(word)
